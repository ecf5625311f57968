import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

const OWN = ["'self'"];
const NOBODY = ["'none'"];

/**
 * Headers of every response: scripts, styles and images come from this server and nowhere else, never
 * from within a page; no other page may show or read what is here.
 */
export const safeHeaders: MiddlewareHandler = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: NOBODY,
    scriptSrc: OWN,
    styleSrc: OWN,
    imgSrc: OWN,
    connectSrc: OWN,
    formAction: OWN,
    baseUri: NOBODY,
    frameAncestors: NOBODY,
  },
  xFrameOptions: "DENY",
  referrerPolicy: "no-referrer",
  crossOriginOpenerPolicy: "same-origin",
  crossOriginResourcePolicy: "same-origin",
  permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
  // It is for whoever stands before the server and speaks TLS.
  strictTransportSecurity: false,
});
