#pragma once
#include <calluna/clock.hpp>
#include <calluna/http/client.hpp>
#include <calluna/io/alarm.hpp>
#include <calluna/io/executor.hpp>

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// The servers that an app may ask in one case, each by its origin ("https://crm.example"): they
/// answer what the case has taught them, and keep what they were asked. One thread.
class offline_servers final : public http::sender {
 public:
  offline_servers(io::executor on, std::shared_ptr<manual_clock> time);

  void submit(http::request r, completion done) override;

  struct answer {
    int status = 200;
    http::headers fields;
    std::string body;
  };
  struct server {
    bool down = false;
    std::chrono::milliseconds slowness{20};
    /// By "GET /people"; a path that ends with "*" stands for all that begin so.
    std::map<std::string, answer> answers;
    /// { method, path, query, headers, body } of each request, oldest first.
    nlohmann::json requests = nlohmann::json::array();
  };
  /// Makes the server of that URL, if there is none. Errors: `invalid`, it is no URL.
  result<server*> at(std::string const& url);
  /// Told of each request, for the record.
  std::function<void(std::string const& what)> on_request;

 private:
  void finish(std::chrono::milliseconds after, result<http::response> with, completion done);
  result<http::response> ask(http::request const& r, unsigned followed);

  io::executor on_;
  std::shared_ptr<manual_clock> time_;
  std::map<std::string, server> servers_;
  std::vector<std::unique_ptr<io::alarm>> answers_;
};

}  // namespace calluna::runtime::testing
