"""Is the certificate of a signature to be trusted at a moment: chain, validity, use and revocation, without any network."""

from asn1crypto import crl
from asn1crypto import ocsp
from asn1crypto import x509
from megalis.portal.formats.signatures import report
from megalis.portal.formats.signatures.report import Problem

import asyncio


QC_STATEMENTS = "1.3.6.1.5.5.7.1.3"
QC_COMPLIANCE = bytes.fromhex("060604008e460101")
QC_DEVICE = bytes.fromhex("060604008e460104")


def name_of(name):
    """Return the common name of an asn1crypto Name, else all of it, in at most 200 signs."""
    native = name.native
    text = native.get("common_name") or native.get("organization_name") or name.human_friendly
    return str(text[0] if isinstance(text, list) else text)[:200]


def level_of(certificate, anchor):
    """Return in French what the certificate claims to be; only a trusted list makes it qualified."""
    raw = b""
    for extension in certificate["tbs_certificate"]["extensions"] or ():
        if extension["extn_id"].dotted == QC_STATEMENTS:
            raw = extension["extn_value"].contents
    if QC_COMPLIANCE not in raw:
        return "certificat non qualifié"
    if anchor is None or not anchor.qualified:
        return "certificat qui se dit qualifié"
    return "signature qualifiée" if QC_DEVICE in raw else "signature avancée, certificat qualifié"


def check_use(certificate):
    """Refuse a certificate that is not for signing documents (signature or non-repudiation)."""
    use = certificate.key_usage_value
    if use is not None and not {"digital_signature", "non_repudiation"} & use.native:
        raise Problem(report.CHAIN_CONSTRAINTS_FAILURE, "Le certificat n’est pas fait pour signer des documents.")


def check_period(certificate, moment):
    """Refuse a certificate that was not in its period of validity at ``moment``."""
    period = certificate["tbs_certificate"]["validity"]
    if moment < period["not_before"].native:
        day = f"{period['not_before'].native:%d/%m/%Y}"
        raise Problem(
            report.NOT_YET_VALID, f"Le certificat ne vaut que depuis le {day}, après la réception du document."
        )
    if moment > period["not_after"].native:
        day = f"{period['not_after'].native:%d/%m/%Y}"
        told = f"Le certificat a expiré le {day} : rien ne prouve que la signature est plus ancienne."
        raise Problem(report.OUT_OF_BOUNDS_NO_POE, told)


def anchor_of(certificate, others, trust, crls, ocsps, moment):
    """Return the Anchor the certificate leads to, its revocation checked; Problem otherwise."""
    from pyhanko_certvalidator import CertificateValidator
    from pyhanko_certvalidator import errors
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(
        trust_roots=trust.roots,
        other_certs=others,
        moment=moment,
        allow_fetching=False,
        crls=[crl.CertificateList.load(data) for data in (*trust.crls, *crls)],
        ocsps=[ocsp.OCSPResponse.load(data) for data in ocsps],
        revocation_mode="require",
        retroactive_revinfo=True,
    )
    try:
        path = asyncio.run(CertificateValidator(certificate, others, validation_context=context).async_validate_path())
    except errors.RevokedError as error:
        when = getattr(error, "revocation_dt", None)
        since = f" le {when:%d/%m/%Y}" if when else ""
        told = f"Le certificat a été révoqué{since} : rien ne prouve que la signature est plus ancienne."
        raise Problem(report.REVOKED_NO_POE, told) from error
    except errors.PathBuildingError as error:
        told = "L’autorité qui a émis le certificat n’est pas parmi celles que la plateforme connaît."
        raise Problem(report.NO_CERTIFICATE_CHAIN_FOUND, told) from error
    except (errors.InsufficientRevinfoError, errors.StaleRevinfoError) as error:
        told = (
            "La chaîne est bonne ; aucune liste de révocation à jour ne permet de dire si le certificat était révoqué."
        )
        raise Problem(report.TRY_LATER, told) from error
    except (errors.ExpiredError, errors.NotYetValidError) as error:
        told = "Une autorité de la chaîne n’était pas dans sa période de validité."
        raise Problem(report.OUT_OF_BOUNDS_NO_POE, told) from error
    except errors.DisallowedAlgorithmError as error:
        told = "Un certificat de la chaîne emploie un algorithme qui n’est plus sûr."
        raise Problem(report.CRYPTO_CONSTRAINTS_FAILURE, told) from error
    except (errors.PathError, errors.ValidationError) as error:
        raise Problem(
            report.CERTIFICATE_CHAIN_GENERAL_FAILURE, "La chaîne du certificat n’est pas correcte."
        ) from error
    return trust.anchors.get(path.first.sha256) if path.first is not None else None


def judge(found, trust, moment, now):
    """Return the Report of a Found signature.

    ``moment`` is when the signature is known to exist (the deposit), ``now`` when that is not known either.
    """
    told = {}
    problem, anchor, certificate = found.problem, None, None
    try:
        if found.certificate is not None:
            certificate = x509.Certificate.load(found.certificate)
            told = _told(certificate)
            if problem is None:
                check_use(certificate)
                check_period(certificate, moment or now)
                others = [x509.Certificate.load(der) for der in found.others]
                anchor = anchor_of(certificate, others, trust, found.crls, found.ocsps, moment or now)
    except Problem as caught:
        problem = caught
    except (ValueError, TypeError, KeyError, NotImplementedError):
        # asn1crypto tells malformed DER in as many ways as there are.
        problem = Problem(report.FORMAT_FAILURE, "Le certificat du signataire est illisible.")
    sub = problem.sub if problem is not None else ""
    return report.Report(
        document=found.document,
        carrier=found.carrier,
        kind=found.kind,
        form=found.form,
        indication=report.indication(sub),
        sub=sub,
        reason=str(problem) if problem is not None else "",
        claimed=_iso(found.claimed),
        moment=_iso(moment or now),
        level=level_of(certificate, anchor) if told else "",
        anchor=anchor.label if anchor is not None else "",
        notes=tuple(found.notes[:20]),
        **told,
    )


def _told(certificate):
    period = certificate["tbs_certificate"]["validity"]
    return {
        "signer": name_of(certificate.subject),
        "issuer": name_of(certificate.issuer),
        "serial": f"{certificate.serial_number:x}",
        "not_before": _iso(period["not_before"].native),
        "not_after": _iso(period["not_after"].native),
    }


def _iso(moment):
    return moment.isoformat(timespec="seconds") if moment is not None else ""
