#include "tls_files.hpp"

#include <boost/asio/ssl.hpp>
#include <fmt/format.h>

#include <sys/stat.h>

namespace calluna::runtime::web {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

result<std::shared_ptr<asio::ssl::context>> make_context(std::string const& certificate,
                                                         std::string const& key) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  error_code code;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  // Renegotiation lets a client make us compute as often as it likes.
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  context->use_certificate_chain_file(certificate, code);
  if (code)
    return fail(error_kind::invalid, fmt::format("the certificate '{}' cannot be used: {}",
                                                 certificate, code.message()));
  context->use_private_key_file(key, asio::ssl::context::pem, code);
  if (code)
    return fail(error_kind::invalid,
                fmt::format("the key '{}' cannot be used: {}", key, code.message()));
  if (SSL_CTX_check_private_key(context->native_handle()) != 1)
    return fail(error_kind::invalid,
                fmt::format("the key '{}' is not that of the certificate '{}'", key, certificate));
  return context;
}

}  // namespace

result<std::unique_ptr<tls_files>> tls_files::open(std::string certificate, std::string key) {
  if (certificate.empty() && key.empty()) return nullptr;
  if (certificate.empty() || key.empty())
    return fail(error_kind::invalid, "TLS needs both a certificate and a key");
  auto context = make_context(certificate, key);
  if (!context) return fail(std::move(context).error());
  std::unique_ptr<tls_files> made(new tls_files(std::move(certificate), std::move(key)));
  made->context_ = std::move(*context);
  made->seen_ = made->stamp();
  return made;
}

std::uint64_t tls_files::stamp() const noexcept {
  std::uint64_t out = 0;
  for (auto const* file : {&certificate_, &key_}) {
    struct stat status {};
    if (::stat(file->c_str(), &status) != 0) continue;
    for (auto const part : {static_cast<std::uint64_t>(status.st_mtim.tv_sec),
                            static_cast<std::uint64_t>(status.st_mtim.tv_nsec),
                            static_cast<std::uint64_t>(status.st_ino)})
      out = out * 1'000'003 + part;
  }
  return out;
}

std::shared_ptr<asio::ssl::context> tls_files::context(clock::time_point now, logger const& log) {
  if (look_at_ != clock::time_point{} && now < look_at_) return context_;
  look_at_ = now + look_period;
  auto const written = stamp();
  if (written == seen_) return context_;
  seen_ = written;
  auto fresh = make_context(certificate_, key_);
  if (fresh) {
    context_ = std::move(*fresh);
    log.info("the certificate has been read again");
  } else {
    log.error(fresh.error().message + "; the one before is used");
  }
  return context_;
}

}  // namespace calluna::runtime::web
