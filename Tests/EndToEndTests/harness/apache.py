# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Apache with mod_auth_openidc before a page: a relying party that nobody here wrote."""

import shutil
from pathlib import Path

from .isolation import free_port, is_root
from .processes import Daemon, wait_until
from .http import Browserless

PROGRAM = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
MODULES = Path("/usr/lib/apache2/modules")
MODULE = MODULES / "mod_auth_openidc.so"

_CONFIGURATION = """
ServerRoot "{root}"
PidFile "{root}/apache.pid"
Listen 127.0.0.1:{port}
ServerName localhost
{user}
ErrorLog "{root}/error.log"
LogLevel warn auth_openidc:info
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule mime_module {modules}/mod_mime.so
LoadModule include_module {modules}/mod_include.so
LoadModule auth_openidc_module {module}
TypesConfig /etc/mime.types
DocumentRoot "{root}/htdocs"
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCRedirectURI {origin}/secure/redirect
OIDCCryptoPassphrase a-passphrase-of-the-tests
OIDCScope "openid profile"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
OIDCCookieSameSite On
OIDCSSLValidateServer Off
<Directory "{root}/htdocs">
    Options +Includes
    AddType text/html .shtml
    AddOutputFilter INCLUDES .shtml
    Require all granted
</Directory>
<Location "/secure">
    AuthType openid-connect
    Require valid-user
</Location>
"""


class Apache:
    """An Apache with a configuration, a port and a page of its own."""

    def __init__(self, directory, verifier, client):
        self.directory = Path(directory)
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self._verifier = verifier
        self._client = client
        client.redirect_uris = [f"{self.origin}/secure/redirect"]
        client.extra["post_logout_redirect_uris"] = [f"{self.origin}/goodbye.html"]
        verifier.register(client)
        self._daemon = None

    def start(self):
        """Starts it and waits until it answers."""
        pages = self.directory / "htdocs" / "secure"
        pages.mkdir(parents=True)
        (pages / "index.shtml").write_text(
            '<!doctype html><title>Guarded</title><h1 id=who><!--#echo var="REMOTE_USER" --></h1>'
            '<p id=amr><!--#echo var="OIDC_CLAIM_amr" --></p>')
        (self.directory / "htdocs" / "goodbye.html").write_text("<!doctype html><title>Bye</title><h1>Goodbye</h1>")
        self.directory.chmod(0o755)
        configuration = self.directory / "apache.conf"
        configuration.write_text(_CONFIGURATION.format(
            root=self.directory, port=self.port, modules=MODULES, module=MODULE, issuer=self._verifier.issuer,
            client_id=self._client.id, client_secret=self._client.secret, origin=self.origin,
            user="User www-data\nGroup www-data" if is_root else ""))
        self._daemon = Daemon(
            [PROGRAM, "-f", configuration, "-D", "FOREGROUND"], self.directory / "apache.log").start()

        def alive():
            if not self._daemon.running:
                errors = self.directory / "error.log"
                raise RuntimeError(self._daemon.output() + (errors.read_text() if errors.exists() else ""))
            try:
                return Browserless().get(f"{self.origin}/goodbye.html").status == 200
            except OSError:
                return False

        wait_until(alive, what="Apache")
        return self

    def stop(self):
        """Stops it."""
        if self._daemon:
            self._daemon.stop()
