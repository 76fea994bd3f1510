/** A `Map` or a `WeakMap`. */
type MapLike<K, V> = { get(key: K): V | undefined; set(key: K, value: V): unknown };

/** The value of `key`. Makes and keeps it if the map does not have the key. */
export function getOrAdd<K, V>(map: MapLike<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
