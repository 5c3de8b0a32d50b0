/** Linux's text for each error number that the modelled kernel gives. */
const STRERROR = {
  EPERM: "Operation not permitted",
  ENOENT: "No such file or directory",
  ESRCH: "No such process",
  ENXIO: "No such device or address",
  EBADF: "Bad file descriptor",
  EAGAIN: "Resource temporarily unavailable",
  ENOMEM: "Cannot allocate memory",
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  ENODEV: "No such device",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EINVAL: "Invalid argument",
  ENOSPC: "No space left on device",
  ERANGE: "Numerical result out of range",
  ELOOP: "Too many levels of symbolic links",
  ENOTEMPTY: "Directory not empty",
  EOPNOTSUPP: "Operation not supported",
  EAFNOSUPPORT: "Address family not supported by protocol",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ENOTCONN: "Transport endpoint is not connected",
  ENETDOWN: "Network is down",
  ENETUNREACH: "Network is unreachable",
  EHOSTUNREACH: "No route to host",
  ENOTSUPP: "Unknown error 524",
  EIO: "Input/output error",
} as const;

/** An error number of the modelled kernel, by its name in C. */
export type LinuxErrno = keyof typeof STRERROR;

/**
 * The text that C's `strerror` has for an error.
 *
 * @param errno The error.
 */
export function strerror(errno: LinuxErrno): string {
  return STRERROR[errno];
}

/** The modelled kernel said no. Nothing has changed. */
export class Refusal extends Error {
  /** The error number. */
  readonly errno: LinuxErrno;
  /** The kernel's own sentence, as netlink carries it beside the number; often there is none. */
  readonly extack: string | undefined;

  /**
   * @param errno The error number.
   * @param extack The kernel's own sentence, without a line break.
   */
  constructor(errno: LinuxErrno, extack?: string) {
    super(extack ?? strerror(errno));
    this.name = "Refusal";
    this.errno = errno;
    this.extack = extack;
  }
}
