"""Programs that get a token and call an operation, in five languages, with the values of this deployment.

Consumer key and secret are read from the environment, so that no program holds a secret.
"""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import quote, urlsplit

import msgspec

from gatehouse.domain.apis.api_reference import OperationReference, ParameterReference

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_OWN_HEADERS = frozenset({"accept", "authorization", "connection", "content-length", "content-type", "expect", "host"})
"""What a program or its library sets; OpenAPI ignores the first ones as parameters, too."""
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


class SampleCall(msgspec.Struct, frozen=True, kw_only=True):
    """What a program does.

    Attributes:
        url: With values for all variables.
        headers: Those that the operation requires.
        scope: The scope to ask for; empty asks for none.
        token_url: Empty if the operation needs no token.
        body: JSON; empty for none.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    scope: str
    token_url: str
    body: str

    @property
    def sent_headers(self) -> tuple[tuple[str, str], ...]:
        """All headers but for the token."""
        return (*self.headers, *((("Content-Type", "application/json"),) if self.body else ()))

    @property
    def is_local(self) -> bool:
        """Whether the certificate is this machine's own, so that no program trusts it by itself."""
        return urlsplit(self.token_url or self.url).hostname in _LOOPBACK


class CodeSample(msgspec.Struct, frozen=True, kw_only=True):
    """A program. `file_name` is what to save it as, and `run` how to run it; both empty for a shell."""

    language: str
    label: str
    file_name: str
    run: str
    code: str


def call(operation: OperationReference, base_url: str, scope: str, token_url: str) -> SampleCall:
    """Return the call of an operation with the examples of its parameters and its body."""
    path, query, headers = operation.summary.path, list[str](), list[tuple[str, str]]()
    for one in operation.parameters:
        if one.place == "path":
            value = text(_example(one))
            path = path.replace(f"{{{one.name}}}", quote(value, safe="")).replace(f"{{{one.name}+}}", quote(value))
        elif one.place == "query" and one.is_required:
            query += (f"{quote(one.name, safe='')}={quote(each, safe='')}" for each in texts(_example(one)))
        elif one.place == "header" and one.is_required and is_header(one.name):
            headers.append((one.name, header_value(one)))
    method = operation.summary.sent_method
    json_body = next((one.example for one in operation.body if "json" in one.media_type.lower()), "")
    body = "" if method in _BODILESS else _compact(json_body)
    url = f"{base_url.rstrip('/')}{path}{'?' if query else ''}{'&'.join(query)}"
    return SampleCall(method=method, url=url, headers=tuple(headers), scope=scope, token_url=token_url, body=body)


def is_header(name: str) -> bool:
    """Say whether a parameter in a header is one that the caller sets."""
    return _HEADER_NAME.fullmatch(name) is not None and name.lower() not in _OWN_HEADERS


def text(example: Any) -> str:
    """Return an example as a URL spells it."""
    return example if isinstance(example, str) else json.dumps(example)


def texts(example: Any) -> list[str]:
    """Return the values of a parameter in the query: an array repeats its name, as OpenAPI's default style does."""
    return [text(each) for each in cast("list[Any]", example)] if isinstance(example, list) else [text(example)]


def header_value(one: ParameterReference) -> str:
    """Return the value of a header: one line of ASCII, since libraries refuse others."""
    value = " ".join(",".join(texts(_example(one))).split())
    return value if value.isascii() and value.isprintable() else one.name


def _example(one: ParameterReference) -> Any:
    return one.name if one.example is None else one.example


def find_all(one: SampleCall) -> tuple[CodeSample, ...]:
    """Return the call in every language."""
    return tuple(make(one) for make in LANGUAGES.values())


def credentials(consumer_key: str) -> str:
    """Return the commands that set the two variables which the programs read."""
    return f"export CONSUMER_KEY={shlex.quote(consumer_key)}\nexport CONSUMER_SECRET='<your consumer secret>'"


def _curl(one: SampleCall) -> CodeSample:
    insecure = " -k" if one.is_local else ""
    lines: list[str] = []
    if one.token_url:
        scope = f" -d {shlex.quote(f'scope={quote(one.scope)}')}" if one.scope else ""
        lines += [
            f'TOKEN=$(curl -s{insecure} -u "$CONSUMER_KEY:$CONSUMER_SECRET" -d grant_type=client_credentials{scope} \\',
            f"""  {shlex.quote(one.token_url)} | sed -E 's/.*"access_token": *"([^"]*)".*/\\1/')""",
        ]
    how = f"-I{insecure}" if one.method == "HEAD" else f"-i{insecure} -X {one.method}"  # -X HEAD waits for a body
    parts = [f"curl {how}"]
    parts += ['-H "Authorization: Bearer $TOKEN"'] if one.token_url else []
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in one.sent_headers]
    parts += [f"--data {shlex.quote(one.body)}"] if one.body else []
    lines.append(" \\\n  ".join([*parts, shlex.quote(one.url)]))
    return CodeSample(language="curl", label="curl", file_name="", run="", code="\n".join(lines))


def _python(one: SampleCall) -> CodeSample:
    lines = ["from os import environ", "", "import requests", "", "session = requests.Session()"]
    if one.is_local:
        lines.append("session.verify = False  # the certificate of the local stack is this machine's own")
    if one.token_url:
        scope = f', "scope": {_text(one.scope)}' if one.scope else ""
        lines += [
            "issued = session.post(",
            f"    {_text(one.token_url)},",
            '    auth=(environ["CONSUMER_KEY"], environ["CONSUMER_SECRET"]),',
            f'    data={{"grant_type": "client_credentials"{scope}}},',
            "    timeout=10,",
            ")",
            "issued.raise_for_status()",
            'session.headers["Authorization"] = f"Bearer {issued.json()[\'access_token\']}"',
        ]
    headers = ", ".join(f"{_text(name)}: {_text(value)}" for name, value in one.sent_headers)
    body = [f"    data={_text(one.body)}.encode(),"] if one.body else []
    body += [f"    headers={{{headers}}},"] if headers else []
    lines += [
        "answer = session.request(",
        f"    {_text(one.method)},",
        f"    {_text(one.url)},",
        *body,
        "    timeout=10,",
        ")",
        "print(answer.status_code, answer.text)",
    ]
    return _sample("python", "Python", "call.py", "pip install requests && python call.py", lines)


def _javascript(one: SampleCall) -> CodeSample:
    lines: list[str] = []
    if one.is_local:
        lines += [
            "// The certificate of the local stack is this machine's own. Never do this elsewhere.",
            'process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";',
        ]
    headers: list[str] = []
    if one.token_url:
        scope = f", scope: {_text(one.scope)}" if one.scope else ""
        lines += [
            "const { CONSUMER_KEY, CONSUMER_SECRET } = process.env;",
            f"const issued = await fetch({_text(one.token_url)}, {{",
            '  method: "POST",',
            "  headers: { Authorization: `Basic ${btoa(`${CONSUMER_KEY}:${CONSUMER_SECRET}`)}` },",
            f'  body: new URLSearchParams({{ grant_type: "client_credentials"{scope} }}),',
            "});",
            "const { access_token } = await issued.json();",
        ]
        headers.append("Authorization: `Bearer ${access_token}`")
    headers += [f"{_text(name)}: {_text(value)}" for name, value in one.sent_headers]
    lines += [f"const answer = await fetch({_text(one.url)}, {{", f"  method: {_text(one.method)},"]
    lines += [f"  headers: {{ {', '.join(headers)} }},"] if headers else []
    lines += [f"  body: {_text(one.body)},"] if one.body else []
    lines += ["});", "console.log(answer.status, await answer.text());"]
    return _sample("javascript", "JavaScript", "call.mjs", "node call.mjs", lines)


def _java(one: SampleCall) -> CodeSample:
    imports = ["java.net.URI", "java.net.http.*"]
    setup = ["HttpClient client = HttpClient.newHttpClient();"]
    if one.is_local:
        imports += ["java.security.cert.X509Certificate", "javax.net.ssl.*"]
        setup = [
            "// The certificate of the local stack is this machine's own. Never do this elsewhere.",
            "TrustManager trusting = new X509ExtendedTrustManager() {",
            "  public void checkClientTrusted(X509Certificate[] chain, String type) {}",
            "  public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}",
            "  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}",
            "  public void checkServerTrusted(X509Certificate[] chain, String type) {}",
            "  public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}",
            "  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}",
            "  public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }",
            "};",
            'SSLContext context = SSLContext.getInstance("TLS");',
            "context.init(null, new TrustManager[] {trusting}, null);",
            "HttpClient client = HttpClient.newBuilder().sslContext(context).build();",
        ]
    if one.token_url:
        imports += ["java.util.Base64", "java.util.regex.*"]
        scope = f"&scope={quote(one.scope, safe='')}" if one.scope else ""
        setup += [
            'String pair = System.getenv("CONSUMER_KEY") + ":" + System.getenv("CONSUMER_SECRET");',
            f"HttpRequest asked = HttpRequest.newBuilder(URI.create({_ascii(one.token_url)}))",
            '    .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair.getBytes()))',
            '    .header("Content-Type", "application/x-www-form-urlencoded")',
            f"    .POST(HttpRequest.BodyPublishers.ofString({_ascii(f'grant_type=client_credentials{scope}')}))",
            "    .build();",
            "String issued = client.send(asked, HttpResponse.BodyHandlers.ofString()).body();",
            r'Matcher found = Pattern.compile("\"access_token\":\\s*\"([^\"]+)\"").matcher(issued);',
            "if (!found.find()) throw new IllegalStateException(issued);",
        ]
    publisher = f"ofString({_ascii(one.body)})" if one.body else "noBody()"
    setup += [f"HttpRequest.Builder request = HttpRequest.newBuilder(URI.create({_ascii(one.url)}))"]
    setup += ['    .header("Authorization", "Bearer " + found.group(1))'] if one.token_url else []
    setup += [f"    .header({_ascii(name)}, {_ascii(value)})" for name, value in one.sent_headers]
    setup += [
        f"    .method({_ascii(one.method)}, HttpRequest.BodyPublishers.{publisher});",
        "HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());",
        'System.out.println(answer.statusCode() + " " + answer.body());',
    ]
    lines = [*(f"import {name};" for name in sorted(imports)), "", "public class Call {"]
    lines += ["  public static void main(String[] arguments) throws Exception {"]
    lines += [*(f"    {line}" for line in setup), "  }", "}"]
    return _sample("java", "Java", "Call.java", "java Call.java", lines)


def _go(one: SampleCall) -> CodeSample:
    imports = ["fmt", "io", "net/http"]
    body, setup = "nil", list[str]()
    if one.is_local:
        imports.append("crypto/tls")
        setup += [
            "// The certificate of the local stack is this machine's own. Never do this elsewhere.",
            "http.DefaultTransport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true}",
        ]
    if one.token_url:
        imports += ["encoding/json", "net/url", "os", "strings"]
        scope = f', "scope": {{{_text(one.scope)}}}' if one.scope else ""
        setup += [
            f'form := url.Values{{"grant_type": {{"client_credentials"}}{scope}}}',
            f'asked, _ := http.NewRequest("POST", {_text(one.token_url)}, strings.NewReader(form.Encode()))',
            'asked.SetBasicAuth(os.Getenv("CONSUMER_KEY"), os.Getenv("CONSUMER_SECRET"))',
            'asked.Header.Set("Content-Type", "application/x-www-form-urlencoded")',
            "issued, err := http.DefaultClient.Do(asked)",
            "if err != nil {",
            "\tpanic(err)",
            "}",
            "var token struct {",
            '\tAccessToken string `json:"access_token"`',
            "}",
            "if err := json.NewDecoder(issued.Body).Decode(&token); err != nil {",
            "\tpanic(err)",
            "}",
        ]
    if one.body:
        imports.append("strings")
        body = f"strings.NewReader({_text(one.body)})"
    setup.append(f"request, _ := http.NewRequest({_text(one.method)}, {_text(one.url)}, {body})")
    setup += ['request.Header.Set("Authorization", "Bearer "+token.AccessToken)'] if one.token_url else []
    setup += [f"request.Header.Set({_text(name)}, {_text(value)})" for name, value in one.sent_headers]
    setup += [
        "answer, err := http.DefaultClient.Do(request)",
        "if err != nil {",
        "\tpanic(err)",
        "}",
        "content, _ := io.ReadAll(answer.Body)",
        "fmt.Println(answer.StatusCode, string(content))",
    ]
    lines = ["package main", "", "import ("]
    lines += [*(f'\t"{name}"' for name in sorted(set(imports))), ")", "", "func main() {"]
    lines += [*(f"\t{line}" for line in setup), "}"]
    return _sample("go", "Go", "call.go", "go run call.go", lines)


LANGUAGES: Mapping[str, Callable[[SampleCall], CodeSample]] = {
    "curl": _curl,
    "python": _python,
    "javascript": _javascript,
    "java": _java,
    "go": _go,
}


def _sample(language: str, label: str, file_name: str, run: str, lines: list[str]) -> CodeSample:
    return CodeSample(language=language, label=label, file_name=file_name, run=run, code="\n".join(lines))


def _text(value: str) -> str:
    """Return a literal as JSON spells it; Go reads no halves of characters, so none are escaped."""
    return json.dumps(value, ensure_ascii=False)


def _ascii(value: str) -> str:
    """Return a literal of Java: before version 18 its compiler reads source in the encoding of the machine."""
    return json.dumps(value)


def _compact(example: str) -> str:
    """Return an example without its line ends; nothing where it is no JSON."""
    try:
        return json.dumps(json.loads(example), ensure_ascii=False) if example else ""
    except ValueError:
        return ""
