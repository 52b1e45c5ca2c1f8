// Addresses of receivers, cut as a node cuts them (docs/spec/outgoing.md): a `URL` of the platform rewrites what it reads.

/** What a node signs of an address. */
export interface AddressParts {
  readonly authority: string;
  readonly path: string;
  readonly query: string;
}

/** Most bytes of an address. */
const ADDRESS_BYTES_MAX = 2_048;
const PORT_MAX = 65_535;
const ADDRESS = /^(https?):\/\/(\[[^\]]+\]|[^/?:[\]]+)(?::(\d+))?(\/[^?]*)?(\?.*)?$/i;
/** The characters of a path, and of a query. */
const [PATH, QUERY] = [/^[!"$-;=@-_a-~]*$/, /^\?[!$-;=?-~]*$/];

/** The parts of an address; undefined for what is none that a node would call. */
export function cutAddress(address: string): AddressParts | undefined {
  // The code units are the bytes: nothing but visible ASCII is left.
  if (address.length > ADDRESS_BYTES_MAX || !/^[!-~]*$/.test(address) || /[#@\\]/.test(address)) return undefined;
  const found = ADDRESS.exec(address);
  if (!found) return undefined;
  const [, scheme = "", name = "", digits, path = "/", query = "?"] = found;
  const host = name.toLowerCase();
  const usual = scheme.toLowerCase() === "https" ? 443 : 80;
  const port = digits === undefined ? usual : Number(digits);
  if (host.endsWith(".") || port < 1 || port > PORT_MAX || !PATH.test(path) || !QUERY.test(query)) return undefined;
  return { authority: port === usual ? host : `${host}:${port}`, path, query };
}
