#include "client_fixture.hpp"
#include "fakes/tls_certificate.hpp"

#include <fmt/format.h>

#include <httplib.h>
#include <thread>

namespace calluna::erp {
namespace {

/// A TLS server that knows no Odoo: whoever gets as far as HTTP is told 404.
class erp_tls : public erp_client_test {
 protected:
  void serve(fakes::tls_certificate const& certificate) {
    https = std::make_unique<httplib::SSLServer>(certificate.certificate_file().c_str(),
                                                 certificate.key_file().c_str());
    auto const port = https->bind_to_any_port("127.0.0.1");
    thread = std::thread([this] { https->listen_after_bind(); });
    options.url = fmt::format("https://127.0.0.1:{}", port);
  }
  void TearDown() override {
    end_client();
    https->stop();
    thread.join();
  }
  error failure() {
    start();
    auto const r = search("res.partner", {});
    EXPECT_FALSE(r);
    return r.error();
  }
  std::unique_ptr<httplib::SSLServer> https;
  std::thread thread;
};

TEST_F(erp_tls, a_certificate_of_an_unknown_authority_is_refused) {
  fakes::tls_certificate const certificate;
  serve(certificate);
  auto const e = failure();
  EXPECT_EQ(e.kind, error_kind::refused) << e.message;
  EXPECT_EQ(code(e), "unreachable");
  EXPECT_FALSE(e.retryable);
}

TEST_F(erp_tls, a_certificate_of_the_named_authority_is_accepted) {
  fakes::tls_certificate const certificate;
  serve(certificate);
  options.tls.ca_file = certificate.ca_file();
  EXPECT_EQ(code(failure()), "not_odoo");
}

TEST_F(erp_tls, a_certificate_for_another_name_is_refused) {
  fakes::tls_certificate const certificate("elsewhere.example", false);
  serve(certificate);
  options.tls.ca_file = certificate.ca_file();
  EXPECT_EQ(failure().kind, error_kind::refused);
}

TEST_F(erp_tls, verification_can_be_switched_off) {
  fakes::tls_certificate const certificate("elsewhere.example", false, -1);
  serve(certificate);
  options.tls.verify = false;
  EXPECT_EQ(code(failure()), "not_odoo");
}

}  // namespace
}  // namespace calluna::erp
