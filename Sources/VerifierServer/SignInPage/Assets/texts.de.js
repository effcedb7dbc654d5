// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// What the pages say, in German, by what they say in English; and what the verifier answers people.

export default {
  "Your browser asks you":
    "Ihr Browser fragt Sie",
  "Open your authenticator":
    "Öffnen Sie Ihren Authenticator",
  "It cannot see which page asks. Say yes only if you started this sign-in, and if the address bar of your browser shows {0}.":
    "Er sieht nicht, welche Seite fragt. Sagen Sie nur dann ja, wenn Sie diese Anmeldung begonnen haben und die Adressleiste Ihres Browsers {0} zeigt.",
  "If nothing opens, this computer has no authenticator that opens links, or its administrator does not allow it.":
    "Öffnet sich nichts, hat dieser Computer keinen Authenticator, der Links öffnet, oder seine Administration erlaubt es nicht.",
  "Open the authenticator":
    "Authenticator öffnen",
  "Open the authenticator by a link instead":
    "Den Authenticator stattdessen mit einem Link öffnen",
  "This sign-in cannot be done by a link.":
    "Diese Anmeldung ist nicht mit einem Link möglich.",
  "A link is for where the page did not reach the authenticator.":
    "Ein Link ist dafür da, wenn die Seite den Authenticator nicht erreicht hat.",
  "Start it in a terminal: `agent run`. If there is no such program, ask your administrator how to install it.":
    "Starten Sie ihn in einem Terminal: `agent run`. Gibt es dieses Programm nicht, fragen Sie Ihre Administration, wie es installiert wird.",
  "Enrol this computer if you have not yet: `agent enroll {0}`.":
    "Registrieren Sie diesen Computer, falls Sie es noch nicht getan haben: `agent enroll {0}`.",
  "{0} seconds":
    "{0} Sekunden",
  "{0} minutes":
    "{0} Minuten",
  "{0} hours":
    "{0} Stunden",
  "{0} days":
    "{0} Tage",
  "This computer's clock is {0} ahead.":
    "Die Uhr dieses Computers geht vor: {0}.",
  "This computer's clock is {0} behind.":
    "Die Uhr dieses Computers geht nach: {0}.",
  "The time on this computer is wrong":
    "Die Zeit auf diesem Computer stimmt nicht",
  "This computer's clock and the server's do not agree.":
    "Die Uhren dieses Computers und des Servers stimmen nicht überein.",
  "A sign-in counts for five minutes only, so both must tell the same time.":
    "Eine Anmeldung gilt nur fünf Minuten, deshalb müssen beide dieselbe Zeit anzeigen.",
  "Switch on automatic time in your system's settings, or run `sudo timedatectl set-ntp true`.":
    "Schalten Sie in den Einstellungen Ihres Systems die automatische Zeit ein, oder führen Sie `sudo timedatectl set-ntp true` aus.",
  "Wait a moment, then try again.":
    "Warten Sie einen Augenblick, und versuchen Sie es dann noch einmal.",
  "Your key could not be used":
    "Ihr Schlüssel konnte nicht verwendet werden",
  "Your authenticator answered, but the key that this computer signs in with could not sign this time.":
    "Ihr Authenticator hat geantwortet, aber der Schlüssel, mit dem sich dieser Computer anmeldet, konnte diesmal nicht unterschreiben.",
  "A security key or smart card must be plugged in, and no other program may hold it.":
    "Ein Sicherheitsschlüssel oder eine Smartcard muss eingesteckt sein, und kein anderes Programm darf sie festhalten.",
  "Wait a moment, then try again. `agent keys list` shows which keys are there.":
    "Warten Sie einen Augenblick, und versuchen Sie es dann noch einmal. `agent keys list` zeigt, welche Schlüssel da sind.",
  "If the key is lost or was erased, enrol again.":
    "Ist der Schlüssel verloren oder gelöscht, registrieren Sie sich neu.",
  "The authenticator broke off":
    "Der Authenticator hat abgebrochen",
  "It was there, but closed the connection without an answer.":
    "Er war da, hat die Verbindung aber ohne Antwort geschlossen.",
  "See whether it still runs: `agent status`.":
    "Sehen Sie nach, ob er noch läuft: `agent status`.",
  "Try again.":
    "Versuchen Sie es noch einmal.",
  "The authenticator did not understand":
    "Der Authenticator hat nicht verstanden",
  "It could not read this sign-in's request.":
    "Er konnte die Anfrage dieser Anmeldung nicht lesen.",
  "Update the authenticator on this computer, then try again.":
    "Aktualisieren Sie den Authenticator auf diesem Computer, und versuchen Sie es dann noch einmal.",
  "This request had run out":
    "Diese Anfrage war abgelaufen",
  "It was older than five minutes, or had been answered before.":
    "Sie war älter als fünf Minuten oder wurde schon beantwortet.",
  "This page may not ask your authenticator":
    "Diese Seite darf Ihren Authenticator nicht fragen",
  "Your authenticator does not accept sign-ins from {0}.":
    "Ihr Authenticator nimmt keine Anmeldungen von {0} an.",
  "If you came here by a link, close this page, and start at the app itself.":
    "Sind Sie über einen Link hierher gekommen, schließen Sie diese Seite, und beginnen Sie in der App selbst.",
  "If this is your organisation's right address, tell your administrator.":
    "Ist dies die richtige Adresse Ihrer Organisation, sagen Sie es Ihrer Administration.",
  "The authenticator is busy":
    "Der Authenticator ist beschäftigt",
  "Another sign-in waits for your answer, or too many were started.":
    "Eine andere Anmeldung wartet auf Ihre Antwort, oder es wurden zu viele begonnen.",
  "Answer or close the authenticator's other question.":
    "Beantworten oder schließen Sie die andere Frage des Authenticators.",
  "Wait a minute, then try again.":
    "Warten Sie eine Minute, und versuchen Sie es dann noch einmal.",
  "The server refused your device's answer":
    "Der Server hat die Antwort Ihres Geräts abgelehnt",
  "Your authenticator answered, but the server did not accept it.":
    "Ihr Authenticator hat geantwortet, aber der Server hat es nicht angenommen.",
  "Try again. If that does not help, show your administrator the line below.":
    "Versuchen Sie es noch einmal. Hilft das nicht, zeigen Sie Ihrer Administration die Zeile unten.",
  "The authenticator cannot reach the server":
    "Der Authenticator erreicht den Server nicht",
  "Your browser reaches the server, but the authenticator does not.":
    "Ihr Browser erreicht den Server, der Authenticator aber nicht.",
  "Check the network, a VPN or a proxy that only the browser uses.":
    "Prüfen Sie das Netz, ein VPN oder einen Proxy, den nur der Browser verwendet.",
  "You said no":
    "Sie haben Nein gesagt",
  "You refused this sign-in on your device.":
    "Sie haben diese Anmeldung auf Ihrem Gerät abgelehnt.",
  "If you did not start it yourself, close this page and tell your administrator.":
    "Haben Sie sie nicht selbst begonnen, schließen Sie diese Seite, und sagen Sie es Ihrer Administration.",
  "Nobody answered":
    "Niemand hat geantwortet",
  "The authenticator asked, but there was no answer in time.":
    "Der Authenticator hat gefragt, aber es kam keine Antwort zur rechten Zeit.",
  "Try again, and look for its window. It may be behind others.":
    "Versuchen Sie es noch einmal, und suchen Sie sein Fenster. Es kann hinter anderen liegen.",
  "Another website used this sign-in":
    "Eine andere Website hat diese Anmeldung benutzt",
  "A page that does not belong here passed this sign-in on to your authenticator. It was stopped and nothing was signed.":
    "Eine Seite, die nicht hierher gehört, hat diese Anmeldung an Ihren Authenticator weitergereicht. Sie wurde angehalten, und nichts wurde unterschrieben.",
  "Close pages that you do not know. Your administrator can see what happened.":
    "Schließen Sie Seiten, die Sie nicht kennen. Ihre Administration kann sehen, was geschehen ist.",
  "No authenticator answered":
    "Kein Authenticator hat geantwortet",
  "This page found no authenticator of yours on this computer that knows this organisation.":
    "Diese Seite hat auf diesem Computer keinen Authenticator von Ihnen gefunden, der diese Organisation kennt.",
  "Extensions that block requests to this computer must allow this page.":
    "Erweiterungen, die Anfragen an diesen Computer blockieren, müssen diese Seite zulassen.",
  "You cancelled":
    "Sie haben abgebrochen",
  "This sign-in was cancelled.":
    "Diese Anmeldung wurde abgebrochen.",
  "This security key cannot be used":
    "Dieser Sicherheitsschlüssel kann nicht verwendet werden",
  "Its signature counter did not grow: there may be a copy of it.":
    "Sein Zähler für Unterschriften ist nicht gewachsen: vielleicht gibt es eine Kopie von ihm.",
  "Tell your administrator, and sign in with another key or device.":
    "Sagen Sie es Ihrer Administration, und melden Sie sich mit einem anderen Schlüssel oder Gerät an.",
  "Your PIN or fingerprint is needed":
    "Ihre PIN oder Ihr Fingerabdruck wird gebraucht",
  "{0} wants to know that it is you, and this device could not find out.":
    "{0} will wissen, dass Sie es sind, und dieses Gerät konnte es nicht feststellen.",
  "Try again, and enter your PIN.":
    "Versuchen Sie es noch einmal, und geben Sie Ihre PIN ein.",
  "After wrong PINs a key may take none for a while, as a TPM does: wait some minutes. `agent keys list` shows the tries left.":
    "Nach falschen PINs nimmt ein Schlüssel eine Weile keine an, wie etwa ein TPM: warten Sie einige Minuten. `agent keys list` zeigt, wie viele Versuche bleiben.",
  "If the PIN is locked or forgotten, enrol again: `agent enroll {0} --user-verification`.":
    "Ist die PIN gesperrt oder vergessen, registrieren Sie sich neu: `agent enroll {0} --user-verification`.",
  "A key in hardware is needed":
    "Ein Schlüssel in Hardware wird gebraucht",
  "{0} wants a security key, a smart card or a TPM that your organisation accepts.":
    "{0} verlangt einen Sicherheitsschlüssel, eine Smartcard oder ein TPM, das Ihre Organisation anerkennt.",
  "The key that this device used is none.":
    "Der Schlüssel, den dieses Gerät verwendet hat, ist keiner davon.",
  "Enrol this computer with one: `agent enroll {0} --key fido2` (or `piv`, `tpm`).":
    "Registrieren Sie diesen Computer mit einem: `agent enroll {0} --key fido2` (oder `piv`, `tpm`).",
  "If you did, ask your administrator which hardware is accepted.":
    "Haben Sie das getan, fragen Sie Ihre Administration, welche Hardware anerkannt wird.",
  "This account or device is not active":
    "Dieses Konto oder Gerät ist nicht aktiv",
  "It was suspended or removed.":
    "Es wurde gesperrt oder entfernt.",
  "Ask your administrator.":
    "Fragen Sie Ihre Administration.",
  "This sign-in took too long":
    "Diese Anmeldung hat zu lange gedauert",
  "The time to answer is over.":
    "Die Zeit für die Antwort ist vorüber.",
  "Your organisation asks for more":
    "Ihre Organisation verlangt mehr",
  "{0} opens with a stronger proof than this device can give.":
    "{0} öffnet sich mit einem stärkeren Nachweis, als dieses Gerät geben kann.",
  "Sign in with another key or device, such as a security key.":
    "Melden Sie sich mit einem anderen Schlüssel oder Gerät an, etwa einem Sicherheitsschlüssel.",
  "Ask your administrator what this app asks for: the audit log tells it.":
    "Fragen Sie Ihre Administration, was diese App verlangt: das Audit-Protokoll sagt es.",
  "No device to sign in with":
    "Kein Gerät, mit dem Sie sich anmelden können",
  "This account has no enrolled device. Apps open with an enrolled device only.":
    "Zu diesem Konto ist kein Gerät registriert. Apps öffnen sich nur mit einem registrierten Gerät.",
  "A first device needs a one-time code from your administrator.":
    "Ein erstes Gerät braucht einen Einmalcode Ihrer Administration.",
  "The authenticator had an error":
    "Der Authenticator hatte einen Fehler",
  "It answered, but could not go on.":
    "Er hat geantwortet, konnte aber nicht fortfahren.",
  "Try again. If that does not help, restart it: `systemctl --user restart countersign-agent`.":
    "Versuchen Sie es noch einmal. Hilft das nicht, starten Sie ihn neu: `systemctl --user restart countersign-agent`.",
  "This sign-in did not work":
    "Diese Anmeldung hat nicht geklappt",
  "Something went wrong.":
    "Etwas ist schiefgegangen.",
  "Your browser blocks the authenticator":
    "Ihr Browser blockiert den Authenticator",
  "Your browser does not let {0} reach apps on this computer, so it cannot reach your authenticator.":
    "Ihr Browser lässt {0} keine Apps auf diesem Computer erreichen, deshalb erreicht die Seite Ihren Authenticator nicht.",
  "Click the icon left of the address, then the connection's or permissions' entry.":
    "Klicken Sie auf das Symbol links neben der Adresse, dann auf den Eintrag für die Verbindung oder die Berechtigungen.",
  "Under “Device apps and services”, remove “Blocked”.":
    "Entfernen Sie unter „Geräte-Apps und -Dienste“ den Eintrag „Blockiert“.",
  "Load this page again, and choose Allow.":
    "Laden Sie diese Seite neu, und wählen Sie „Erlauben“.",
  "Click the icon left of the address, then “Site settings”.":
    "Klicken Sie auf das Symbol links neben der Adresse, dann auf „Website-Einstellungen“.",
  "Set “Apps on device” (or “Local network access”) to Allow.":
    "Stellen Sie „Apps auf dem Gerät“ (oder „Zugriff auf das lokale Netzwerk“) auf „Zulassen“.",
  "Come back to this page, and try again.":
    "Kommen Sie auf diese Seite zurück, und versuchen Sie es noch einmal.",
  "You are not let in":
    "Sie werden nicht eingelassen",
  "Fix this soon":
    "Beheben Sie das bald",
  "This device does not meet the security requirements":
    "Dieses Gerät erfüllt die Sicherheitsanforderungen nicht",
  "You can go on. Your organisation asks you to fix this on this computer:":
    "Sie können weitermachen. Ihre Organisation bittet Sie, auf diesem Computer Folgendes zu beheben:",
  "You can go on for now. After the date below this device is let in only when one of these options is met.":
    "Sie können vorerst weitermachen. Nach dem Datum unten wird dieses Gerät nur noch eingelassen, wenn eine dieser Möglichkeiten erfüllt ist.",
  "You can go on for now. After the date below this device is let in only when this is fixed.":
    "Sie können vorerst weitermachen. Nach dem Datum unten wird dieses Gerät nur noch eingelassen, wenn das behoben ist.",
  "Ask your administrator what this device is missing.":
    "Fragen Sie Ihre Administration, was diesem Gerät fehlt.",
  "To go on, make this computer meet one of these options, then check again:":
    "Um weiterzumachen, sorgen Sie dafür, dass dieser Computer eine dieser Möglichkeiten erfüllt, und prüfen Sie dann noch einmal:",
  "To go on, fix this on this computer, then check again:":
    "Um weiterzumachen, beheben Sie dies auf diesem Computer, und prüfen Sie dann noch einmal:",
  "Try again in {0} seconds.":
    "Versuchen Sie es in {0} Sekunden noch einmal.",
  "The server cannot be reached. Check your network.":
    "Der Server ist nicht erreichbar. Prüfen Sie Ihr Netz.",
  "The server cannot be reached right now. Trying again…":
    "Der Server ist gerade nicht erreichbar. Es wird weiter versucht …",
  "Your browser will ask you":
    "Ihr Browser wird Sie fragen",
  "Checking this computer":
    "Dieser Computer wird geprüft",
  "Your authenticator looks at this computer again. You need not confirm anything.":
    "Ihr Authenticator sieht sich diesen Computer noch einmal an. Sie brauchen nichts zu bestätigen.",
  "Confirm on this computer":
    "Bestätigen Sie auf diesem Computer",
  "Your authenticator may ask you in a window of its own. Say yes only if you started this sign-in, and if it names {0}.":
    "Ihr Authenticator fragt Sie vielleicht in einem eigenen Fenster. Sagen Sie nur Ja, wenn Sie diese Anmeldung begonnen haben und wenn es {0} nennt.",
  "Your first device":
    "Ihr erstes Gerät",
  "to continue to {0}":
    "weiter zu {0}",
  "Signing in to {0}":
    "Anmeldung bei {0}",
  "Signing in to {0} as {1}":
    "Anmeldung bei {0} als {1}",
  "You are signed in":
    "Sie sind angemeldet",
  "Continue to {0}":
    "Weiter zu {0}",
  "This could not be checked.":
    "Das ließ sich nicht prüfen.",
  "If you cannot fix this yourself, ask your administrator.":
    "Können Sie das nicht selbst beheben, fragen Sie Ihre Administration.",
  "{0} (opens a new tab)":
    "{0} (öffnet einen neuen Tab)",
  "Get help":
    "Hilfe",
  "Reported as: {0}":
    "Gemeldet als: {0}",
  "Back to {0}":
    "Zurück zu {0}",
  "the app":
    "der App",
  "This sign-in is over":
    "Diese Anmeldung ist vorüber",
  "Sign in":
    "Anmelden",
  "Forget":
    "Vergessen",
  "Forget {0}":
    "{0} vergessen",
  "Key in a file":
    "Schlüssel in einer Datei",
  "Security key":
    "Sicherheitsschlüssel",
  "Smart card":
    "Smartcard",
  "Key in the TPM":
    "Schlüssel im TPM",
  "signs in":
    "meldet an",
  "signs in with your PIN or finger":
    "meldet mit Ihrer PIN oder Ihrem Finger an",
  "this sign-in":
    "diese Anmeldung",
  "suspended":
    "gesperrt",
  "enrolled on {0}":
    "registriert am {0}",
  "Rename":
    "Umbenennen",
  "Rename {0}":
    "{0} umbenennen",
  "Remove":
    "Entfernen",
  "Remove {0}":
    "{0} entfernen",
  "Key":
    "Schlüssel",
  "{0}, proven":
    "{0}, nachgewiesen",
  "{0}, not proven":
    "{0}, nicht nachgewiesen",
  "Remove key":
    "Schlüssel entfernen",
  "Remove {0} of {1}":
    "{0} von {1} entfernen",
  "The name that you know it by.":
    "Der Name, unter dem Sie es kennen.",
  "{0} has a new name.":
    "{0} hat einen neuen Namen.",
  "Remove {0}?":
    "{0} entfernen?",
  "It no longer signs you in, and what was signed in to with it ends. This cannot be undone.":
    "Es meldet Sie dann nicht mehr an, und was damit angemeldet war, endet. Das lässt sich nicht rückgängig machen.",
  "This is your last device. Without it you cannot sign in until an administrator helps you.":
    "Dies ist Ihr letztes Gerät. Ohne es können Sie sich nicht anmelden, bis Ihre Administration Ihnen hilft.",
  "{0} was removed.":
    "{0} wurde entfernt.",
  "Remove a key of {0}?":
    "Einen Schlüssel von {0} entfernen?",
  "{0}, enrolled on {1}. Sessions of this device end.":
    "{0}, registriert am {1}. Sitzungen dieses Geräts enden.",
  "The key was removed.":
    "Der Schlüssel wurde entfernt.",
  "The code is shown below.":
    "Der Code steht unten.",
  "This page talks to the authenticator on your computer, and needs JavaScript for that. Allow it for this site, and load the page again.":
    "Diese Seite spricht mit dem Authenticator auf Ihrem Computer und braucht dafür JavaScript. Erlauben Sie es für diese Website, und laden Sie die Seite neu.",
  "Choose an account on this computer:":
    "Wählen Sie ein Konto auf diesem Computer:",
  "Use another account":
    "Ein anderes Konto verwenden",
  "Username":
    "Benutzername",
  "Remember this account in this browser":
    "Dieses Konto in diesem Browser merken",
  "Next":
    "Weiter",
  "To sign you in, this page has to reach the authenticator on this computer. Your browser will ask whether":
    "Um Sie anzumelden, muss diese Seite den Authenticator auf diesem Computer erreichen. Ihr Browser wird Sie fragen, ob",
  "may reach apps on this device.":
    "Apps auf diesem Gerät erreichen darf.",
  "Choose":
    "Wählen Sie",
  "Allow":
    "Zulassen",
  ". Nothing else on your computer or network is contacted.":
    ". Nichts anderes auf Ihrem Computer oder in Ihrem Netz wird angesprochen.",
  "Continue":
    "Weiter",
  "Cancel":
    "Abbrechen",
  "No device of yours is enrolled yet, or none with a key in hardware where your organisation wants one. Type the one-time code that your administrator gave you.":
    "Noch ist keines Ihrer Geräte registriert, oder keines mit einem Schlüssel in Hardware, wo Ihre Organisation einen verlangt. Geben Sie den Einmalcode ein, den Sie von Ihrer Administration bekommen haben.",
  "One-time code":
    "Einmalcode",
  "24 letters and digits in groups of four. Capitals, blanks and hyphens do not matter.":
    "24 Buchstaben und Ziffern in Vierergruppen. Großschreibung, Leerzeichen und Bindestriche sind gleichgültig.",
  "Due by":
    "Zu beheben bis",
  "Check again":
    "Noch einmal prüfen",
  "Give up":
    "Aufgeben",
  "Try again":
    "Noch einmal versuchen",
  "if nothing happens.":
    "– falls nichts geschieht.",
  "Your account":
    "Ihr Konto",
  "This page needs JavaScript. Allow it for this site, and load the page again.":
    "Diese Seite braucht JavaScript. Erlauben Sie es für diese Website, und laden Sie die Seite neu.",
  "You can look at your devices here, but not change them: your organisation's policy does not allow it from this device or network, or after this sign-in.":
    "Sie können Ihre Geräte hier ansehen, aber nicht ändern: die Richtlinie Ihrer Organisation erlaubt es von diesem Gerät oder Netz oder nach dieser Anmeldung nicht.",
  "Before a change you confirm that it is you.":
    "Vor einer Änderung bestätigen Sie, dass Sie es sind.",
  "Devices":
    "Geräte",
  "Another device":
    "Ein weiteres Gerät",
  "A one-time code enrols another device of yours. It replaces a code that was made before.":
    "Mit einem Einmalcode registrieren Sie ein weiteres Ihrer Geräte. Er ersetzt einen Code, der vorher erstellt wurde.",
  "Make a code":
    "Einen Code erstellen",
  "Type this on the other device:":
    "Geben Sie auf dem anderen Gerät ein:",
  "Your code, which is shown this once:":
    "Ihr Code, der nur dieses eine Mal gezeigt wird:",
  "Sign out":
    "Abmelden",
  "I know that I cannot sign in without it":
    "Ich weiß, dass ich mich ohne es nicht anmelden kann",
  "The server did not answer as it should.":
    "Der Server hat nicht so geantwortet, wie er sollte.",
  "This sign-in is over: it was used, ran out or was replaced. Start again from the app.":
    "Diese Anmeldung ist vorüber: sie wurde benutzt, lief ab oder wurde ersetzt. Beginnen Sie noch einmal in der App.",
  "This code does not count: it is mistyped, was used, or ran out. Check it, or ask your administrator for a new one.":
    "Dieser Code gilt nicht: er ist vertippt, wurde benutzt oder lief ab. Prüfen Sie ihn, oder bitten Sie Ihre Administration um einen neuen.",
  "Type your name, at most 256 bytes.":
    "Geben Sie Ihren Namen ein, höchstens 256 Byte.",
  "Type the code that your administrator gave you.":
    "Geben Sie den Code ein, den Sie von Ihrer Administration bekommen haben.",
  "Confirm that it is you first, then do it again.":
    "Bestätigen Sie zuerst, dass Sie es sind, und versuchen Sie es dann noch einmal.",
  "Your organisation does not allow this from here.":
    "Ihre Organisation erlaubt das von hier aus nicht.",
  "You have no such device.":
    "Sie haben kein solches Gerät.",
  "You are not signed in any more. Load the page again.":
    "Sie sind nicht mehr angemeldet. Laden Sie die Seite neu.",
  "This device has no such key.":
    "Dieses Gerät hat keinen solchen Schlüssel.",
  "This is the device's last key. Remove the device instead.":
    "Dies ist der letzte Schlüssel des Geräts. Entfernen Sie stattdessen das Gerät.",
  "Your organisation wants a key that verifies you, and this is the last one.":
    "Ihre Organisation verlangt einen Schlüssel, der Sie überprüft, und dies ist der letzte.",
  "Your organisation wants a key in hardware, and this is the last one.":
    "Ihre Organisation verlangt einen Schlüssel in Hardware, und dies ist der letzte.",
  "The server failed. Try again later.":
    "Der Server hat versagt. Versuchen Sie es später noch einmal.",
  "Name":
    "Name",
  "Too many tries.":
    "Zu viele Versuche.",
  "A smart card is needed":
    "Eine Smartcard wird gebraucht",
  "{0} opens with a smart card that your organisation accepts, and none signed in here.":
    "{0} öffnet sich mit einer Smartcard, die Ihre Organisation anerkennt, und hier hat sich keine angemeldet.",
  "If your card is enrolled on this computer, insert it and try again.":
    "Ist Ihre Karte auf diesem Computer registriert, stecken Sie sie ein, und versuchen Sie es noch einmal.",
  "If not, add it: `agent enroll {0} --add-key --key piv`. Or sign in on a computer that has it.":
    "Wenn nicht, fügen Sie sie hinzu: `agent enroll {0} --add-key --key piv`. Oder melden Sie sich an einem Computer an, der sie hat.",
  "A security key is needed":
    "Ein Sicherheitsschlüssel wird gebraucht",
  "{0} opens with a security key that your organisation accepts, and none signed in here.":
    "{0} öffnet sich mit einem Sicherheitsschlüssel, den Ihre Organisation anerkennt, und hier hat sich keiner angemeldet.",
  "If your key is enrolled on this computer, plug it in and try again.":
    "Ist Ihr Schlüssel auf diesem Computer registriert, stecken Sie ihn ein, und versuchen Sie es noch einmal.",
  "If not, add it: `agent enroll {0} --add-key --key fido2`. Or sign in on a computer that has it.":
    "Wenn nicht, fügen Sie ihn hinzu: `agent enroll {0} --add-key --key fido2`. Oder melden Sie sich an einem Computer an, der ihn hat.",
  "There is nothing here":
    "Hier ist nichts",
  "This address leads nowhere. Go back to the app that you came from, and start again.":
    "Diese Adresse führt nirgendwohin. Gehen Sie zu der App zurück, von der Sie kamen, und beginnen Sie noch einmal.",
  "This did not work":
    "Das hat nicht geklappt",
  "This sign-in cannot start":
    "Diese Anmeldung kann nicht beginnen",
  "Nothing is wrong with your account or your device. Tell those who run the app.":
    "Mit Ihrem Konto und Ihrem Gerät ist alles in Ordnung. Sagen Sie es denen, die die App betreiben.",
  "The app names itself or its address more than once.":
    "Die App nennt sich selbst oder ihre Adresse mehr als einmal.",
  "The app is not registered here: its client_id is unknown.":
    "Die App ist hier nicht registriert: Ihre client_id ist unbekannt.",
  "The app does not say where to go after the sign-in: redirect_uri is missing.":
    "Die App sagt nicht, wohin es nach der Anmeldung geht: redirect_uri fehlt.",
  "The app wants to be sent to an address that is not registered for it to the letter (redirect_uri).":
    "Die App verlangt eine Adresse, die nicht Buchstabe für Buchstabe für sie registriert ist (redirect_uri).",
  "It was finished, took too long, or was replaced by a newer one.":
    "Sie wurde beendet, hat zu lange gedauert oder wurde durch eine neuere ersetzt.",
  "Go back to the app that you came from, and start again.":
    "Gehen Sie zu der App zurück, von der Sie kamen, und beginnen Sie noch einmal.",
  "You are not signed out":
    "Sie sind nicht abgemeldet",
  "The app's request names something twice.":
    "Die Anfrage der App nennt etwas zweimal.",
  "The app wants to be sent to an address that is not registered for it (post_logout_redirect_uri).":
    "Die App verlangt eine Adresse, die nicht für sie registriert ist (post_logout_redirect_uri).",
  "You are signed out":
    "Sie sind abgemeldet",
  "Apps that you opened may keep you signed in until you sign out of them.":
    "Apps, die Sie geöffnet haben, lassen Sie vielleicht angemeldet, bis Sie sich dort abmelden.",
  "Sign out?":
    "Abmelden?",
  "This ends your session with {0} in this browser.":
    "Dies beendet in diesem Browser Ihre Sitzung bei {0}.",
  "You did not sign in":
    "Sie haben sich nicht angemeldet",
  "Nothing was changed.":
    "Es wurde nichts geändert.",
  "Go to {0} to try again.":
    "Gehen Sie zu {0}, um es noch einmal zu versuchen.",
};
