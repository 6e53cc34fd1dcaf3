"""Lays published jars out as a home of Elasticsearch: `assemble.py VERSION JARS SOURCES HOME`.

The server's jars go to lib/, each plugin's to modules/NAME with the descriptor that its jar carries. Beside them come a module of
our own for what is not published (sources in src/), and empty interfaces for SAML, which the security plugin names and we do not use.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

VERSION, JARS, SOURCES, HOME = sys.argv[1:]

# Which jars belong to which module, by the beginnings of their names; all others are the server's.
MODULES = {
    "transport-netty4": ["transport-netty4", "netty-"],
    "x-pack-core": [
        "x-pack-core", "x-pack-template-resources", "commons-codec", "commons-logging", "httpasync", "httpc", "log4j-1.2-api",
        "log4j-slf4j2-impl", "slf4j-api", "unboundid",
    ],
    "x-pack-security": [
        "x-pack-security", "accessors-smart", "asm-", "checker-qual", "content-type", "cryptacular", "error_prone", "es-opensaml",
        "failureaccess", "guava", "j2objc", "jakarta", "jcip", "json-smart", "jsr305", "lang-tag", "metrics-core", "nimbus", "oauth2",
        "stax2", "woodstox", "xmlsec",
    ],
}


def module(*parts):
    return os.path.join(HOME, "modules", *parts)


def jars():
    return sorted(os.listdir(JARS))


def place_jars():
    for folder in [os.path.join(HOME, "lib"), os.path.join(HOME, "plugins"), module("suite"), *map(module, MODULES)]:
        os.makedirs(folder)
    for jar in jars():
        owner = next((name for name, starts in MODULES.items() if jar.startswith(tuple(starts))), None)
        shutil.copy(os.path.join(JARS, jar), module(owner) if owner else os.path.join(HOME, "lib"))
    # The security module extends the transport.
    for jar in os.listdir(module("transport-netty4")):
        shutil.copy(module("transport-netty4", jar), module("x-pack-security"))


def write_descriptors():
    for name in MODULES:
        jar = os.path.join(JARS, f"{name}-{VERSION}.jar")
        text = zipfile.ZipFile(jar).read(f"META-INF/es-plugins/{name}/plugin-descriptor.properties").decode()
        # Without its module name a plugin is loaded from its class path: a stub cannot join a named module.
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", "modulename"))]
        write(module(name, "plugin-descriptor.properties"), "\n".join(lines) + "\n")
    descriptor = {
        "name": "suite",
        "description": "what is not published",
        "version": VERSION,
        "elasticsearch.version": VERSION,
        "java.version": "17",
        "classname": "suite.Missing",
        "extended.plugins": "x-pack-core",
    }
    write(module("suite", "plugin-descriptor.properties"), "".join(f"{key}={value}\n" for key, value in descriptor.items()))


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_stubs(folder):
    """Empty interfaces for each type of SAML that the security plugin names and no jar has."""
    there = set(zipfile.ZipFile(os.path.join(JARS, f"es-opensaml-security-api-{VERSION}.jar")).namelist())
    security = zipfile.ZipFile(os.path.join(JARS, f"x-pack-security-{VERSION}.jar"))
    named = set()
    for entry in security.namelist():
        if entry.endswith(".class"):
            found = re.findall(rb"(?:org/opensaml|net/shibboleth)/[A-Za-z0-9_/$]+", security.read(entry))
            named |= {name.decode().split("$")[0] for name in found}
    stubs = []
    for name in sorted(named):
        package, _, simple = name.rpartition("/")
        if name + ".class" not in there and simple[:1].isupper():
            os.makedirs(os.path.join(folder, package), exist_ok=True)
            stubs.append(os.path.join(folder, package, simple + ".java"))
            write(stubs[-1], f"package {package.replace('/', '.')};\npublic interface {simple} {{}}\n")
    return stubs


def compile_into(jar, sources, resources=None):
    path = ":".join(os.path.join(JARS, name) for name in jars())
    with tempfile.TemporaryDirectory() as classes:
        subprocess.check_call(["javac", "-nowarn", "-proc:none", "-Xlint:none", "-cp", path, "-d", classes, *sources])
        if resources:
            shutil.copytree(resources, os.path.join(classes, os.path.basename(resources)))
        subprocess.check_call(["jar", "cf", jar, "-C", classes, "."])


def source(name):
    return os.path.join(SOURCES, "suite", name + ".java")


place_jars()
write_descriptors()
with tempfile.TemporaryDirectory() as stubs:
    compile_into(module("x-pack-security", "saml.jar"), write_stubs(stubs))
compile_into(module("suite", "suite.jar"), [source("Missing"), source("Lifecycle")], os.path.join(SOURCES, "META-INF"))
compile_into(os.path.join(HOME, "lib", "start.jar"), [source("Start")])
