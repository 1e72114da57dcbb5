#pragma once
#include <calluna/clock.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace calluna::runtime::web {

/// A certificate and its key, from PEM files. They are read again when they have changed, since
/// certificates are renewed every few weeks and the server goes on.
class tls_files {
 public:
  /// How often it is looked whether they have.
  static constexpr auto look_period = std::chrono::seconds(10);

  /// Null: neither is given. Errors (`invalid`): only one is, or they cannot be used.
  static result<std::unique_ptr<tls_files>> open(std::string certificate, std::string key);

  /// For a new client. What is new and cannot be used is logged, and the old one stays.
  std::shared_ptr<boost::asio::ssl::context> context(clock::time_point now, logger const& log);

 private:
  tls_files(std::string certificate, std::string key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  /// When the files were written, put together.
  std::uint64_t stamp() const noexcept;

  std::string certificate_, key_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::uint64_t seen_ = 0;
  clock::time_point look_at_{};
};

}  // namespace calluna::runtime::web
