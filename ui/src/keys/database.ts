// IndexedDB, as much of it as keys need: one database with one store in it.

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Does one thing in the only store of a database, which is made if it is not there. `keyPath` names its records. */
export async function inStore<T>(
  at: { database: string; store: string; keyPath: string },
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open(at.database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(at.store, { keyPath: at.keyPath });
  const database = await settled(opening);
  try {
    return await settled(act(database.transaction(at.store, mode).objectStore(at.store)));
  } finally {
    database.close();
  }
}
