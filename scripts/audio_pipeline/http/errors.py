"""Translation of errors below HTTP, from requests, urllib3 and the operating system, to PipelineError."""

import re
from urllib.request import getproxies

import requests
import urllib3

from audio_pipeline.errors import InputError, PipelineError, RequestRefused, ServiceUnavailable

KINDS = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError)


class Down(ServiceUnavailable):
    """The service cannot be reached at all, by any request."""


def translate(
    error: Exception, place: str, advice: str, connect_s: float, silence_s: float
) -> PipelineError:
    """Return the PipelineError of an exception.

    advice: what to do if the service does not answer, after a semicolon; connect_s, silence_s: the time-outs.
    """
    errors, slow = requests.exceptions, "raise timeout_s if it is only slow"
    match error:
        case errors.InvalidSchema() if "SOCKS" in str(error):
            return RequestRefused(
                f"{place}: the proxy of ALL_PROXY, HTTP_PROXY or HTTPS_PROXY is a SOCKS proxy, which needs pysocks: "
                "python -m pip install pysocks, or set NO_PROXY for its host"
            )
        case errors.InvalidURL() | errors.InvalidSchema() | errors.MissingSchema():
            if not getproxies():
                return RequestRefused(f"{place}: not a usable address")
            return RequestRefused(
                f"{place}: not a usable address, or that of its proxy in ALL_PROXY, HTTP_PROXY or HTTPS_PROXY is not; "
                "expected one like http://proxy:3128"
            )
        case errors.ConnectTimeout():
            return Down(f"{place} did not accept a connection within {connect_s:g} s{advice}")
        case errors.ReadTimeout():
            return ServiceUnavailable(f"{place} was silent for {silence_s:g} s; {slow}")
        case urllib3.exceptions.ReadTimeoutError():
            return ServiceUnavailable(f"{place} fell silent in the middle of its answer; {slow}")
        case errors.SSLError() if "WRONG_VERSION_NUMBER" in str(error):
            return RequestRefused(f"{place} speaks plain http, not https; change its address")
        case errors.SSLError():
            return RequestRefused(
                f"{place}: its certificate was not accepted; for a private CA set REQUESTS_CA_BUNDLE"
            )
        case errors.ProxyError():
            return ServiceUnavailable(
                f"{place} cannot be reached through the proxy of HTTP_PROXY or HTTPS_PROXY; "
                "set NO_PROXY for its host if it needs none"
            )
        case errors.ConnectionError():
            cause, down = _cause_of(error)
            return (Down if down else ServiceUnavailable)(f"{place} {cause}{advice}")
        case errors.RequestException() | urllib3.exceptions.HTTPError():
            return ServiceUnavailable(f"{place} broke off its answer ({type(error).__name__})")
    return InputError(f"{place}: {error}")  # requests cannot read the certificates


def _cause_of(error: Exception) -> tuple[str, bool]:
    """Return the reason why there is no connection, and True if it means that the service is down.

    requests and urllib3 keep only the text of the operating system's error.
    """
    text = str(error)
    if "refused" in text:
        return "refused the connection", True
    if re.search("resolve|getaddrinfo|Name or service", text):
        return "has no address: its host name is not known", True
    if re.search("unreachable|No route", text):
        return "cannot be reached over the network", True
    if re.search("BadStatusLine|LineTooLong|HeaderParsing", text):
        return "does not answer in HTTP; is it another service?", False
    if re.search("reset|Remote end closed|IncompleteRead|Broken pipe|aborted", text, re.IGNORECASE):
        return "broke off the connection", False
    return "cannot be reached", False
