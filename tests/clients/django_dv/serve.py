"""A DV on django-digid-eherkenning, both parts: fills its database, reads the gateway's metadata, and serves."""

import os
import sys
from pathlib import Path
from wsgiref.simple_server import make_server

import django
from django.conf import settings


def configure() -> None:
    """As an administrator would in the library's screens. Models can be imported once Django is set up."""
    from digid_eherkenning.choices import ConfigTypes, DigestAlgorithms, SignatureAlgorithms
    from digid_eherkenning.models import ConfigCertificate, DigidConfiguration, EherkenningConfiguration
    from django.core.files import File
    from simple_certmanager.models import Certificate

    own = settings.DV
    pair = Certificate(label="test DV", type="key_pair")
    for field, place in ((pair.public_certificate, own["certificate"]), (pair.private_key, own["key"])):
        with Path(place).open("rb") as file:
            field.save(Path(place).name, File(file), save=False)
    pair.save()
    for part in (ConfigTypes.digid, ConfigTypes.eherkenning):
        ConfigCertificate.objects.create(config_type=part, certificate=pair)
    digid, eherkenning = DigidConfiguration.get_solo(), EherkenningConfiguration.get_solo()
    for part, name in ((digid, "digid"), (eherkenning, "eherkenning")):
        part.entity_id = own["entity_ids"][name]
        part.base_url = f"http://127.0.0.1:{own['port']}"
        part.metadata_file_source = own["gateway_metadata"]
        part.service_name = part.service_description = "Test service"
        part.want_assertions_signed = True
        part.signature_algorithm = SignatureAlgorithms.rsa_sha256
        part.digest_algorithm = DigestAlgorithms.sha256
    digid.slo = True
    digid.save(force_metadata_update=True)
    eherkenning.oin = eherkenning.makelaar_id = own["oin"]
    eherkenning.organization_name = "Test DV"
    eherkenning.privacy_policy = eherkenning.service_description_url = "https://dv.example/service"
    eherkenning.no_eidas = True
    eherkenning.save(force_metadata_update=True)


def main() -> None:
    """Serves until it is ended."""
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", run_syncdb=True, verbosity=0)
    configure()
    with make_server("127.0.0.1", settings.DV["port"], get_wsgi_application()) as server:
        print("ready", flush=True)
        server.serve_forever()


os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
os.environ["DV_SETTINGS"] = sys.argv[1]
django.setup()
main()
