#pragma once
#include <filesystem>
#include <string>

namespace calluna::fakes {

/// A fresh authority and a server certificate signed by it, as PEM files in a folder of their own
/// that goes away with the object.
class tls_certificate {
 public:
  /// `name`: the DNS name in the certificate; 127.0.0.1 is in it if `with_loopback`. `days` < 0:
  /// already expired.
  explicit tls_certificate(std::string const& name = "localhost", bool with_loopback = true,
                           int days = 1);
  ~tls_certificate();
  tls_certificate(tls_certificate const&) = delete;
  tls_certificate& operator=(tls_certificate const&) = delete;

  std::string ca_file() const { return (folder_ / "ca.pem").string(); }
  std::string certificate_file() const { return (folder_ / "server.pem").string(); }
  std::string key_file() const { return (folder_ / "server.key").string(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace calluna::fakes
