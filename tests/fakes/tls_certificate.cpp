#include "fakes/tls_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace calluna::fakes {
namespace {

struct deleter {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
  void operator()(std::FILE* p) const { std::fclose(p); }
};
template <class T>
using owned = std::unique_ptr<T, deleter>;

template <class T>
T must(T value, char const* what) {
  if (!value) throw std::runtime_error(std::string("test certificate: ") + what);
  return value;
}

void extend(X509* certificate, X509* issuer, int kind, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  owned<X509_EXTENSION> extension(
      must(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), "extension"));
  X509_add_ext(certificate, extension.get(), -1);
}

owned<X509> blank(char const* name, EVP_PKEY* key, long serial, int days) {
  owned<X509> certificate(must(X509_new(), "X509_new"));
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  constexpr long day = 24 * 60 * 60;
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), days < 0 ? 2 * days * day : -day);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * day);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<unsigned char const*>(name), -1, -1, 0);
  return certificate;
}

void write(std::filesystem::path const& path, X509* certificate) {
  owned<std::FILE> file(must(std::fopen(path.c_str(), "w"), "fopen"));
  must(PEM_write_X509(file.get(), certificate), "PEM_write_X509");
}

}  // namespace

tls_certificate::tls_certificate(std::string const& name, bool with_loopback, int days) {
  auto pattern = (std::filesystem::temp_directory_path() / "calluna-tls-XXXXXX").string();
  folder_ = must(::mkdtemp(pattern.data()), "mkdtemp");
  owned<EVP_PKEY> ca_key(must(EVP_EC_gen("P-256"), "EVP_EC_gen"));
  owned<EVP_PKEY> key(must(EVP_EC_gen("P-256"), "EVP_EC_gen"));
  auto const ca = blank("Calluna test authority", ca_key.get(), 1, 2);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  must(X509_sign(ca.get(), ca_key.get(), EVP_sha256()), "X509_sign");
  auto const server = blank(name.c_str(), key.get(), 2, days);
  X509_set_issuer_name(server.get(), X509_get_subject_name(ca.get()));
  extend(server.get(), ca.get(), NID_subject_alt_name,
         "DNS:" + name + (with_loopback ? ",IP:127.0.0.1" : ""));
  must(X509_sign(server.get(), ca_key.get(), EVP_sha256()), "X509_sign");
  write(folder_ / "ca.pem", ca.get());
  write(folder_ / "server.pem", server.get());
  owned<std::FILE> file(must(std::fopen(key_file().c_str(), "w"), "fopen"));
  must(PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr),
       "PEM_write_PrivateKey");
}

tls_certificate::~tls_certificate() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace calluna::fakes
