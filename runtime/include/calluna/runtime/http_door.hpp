#pragma once
#include <calluna/bindings/http_door.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime {

/// Takes requests to its handlers, by their numbers. On the IO thread.
class http_receiver {
 public:
  virtual ~http_receiver() = default;
  virtual void on_request(std::uint32_t handler,
                          std::shared_ptr<bindings::http_exchange> exchange) = 0;
};

/// The HTTP server, as whoever keeps the apps sees it. On the IO thread.
class http_door {
 public:
  virtual ~http_door() = default;

  /// One line for each of `routes` that the app cannot have: it is wrong, or another app's.
  virtual std::vector<std::string> objections(
      std::string const& app, std::vector<bindings::http_route> const& routes) const = 0;
  /// These routes of the app lead to `to` from now on, and its former ones nowhere; requests that
  /// came by those go where they led. While nobody is there any more requests are refused.
  virtual void serve(std::string const& app, std::vector<bindings::http_route> const& routes,
                     std::weak_ptr<http_receiver> to) = 0;
};

}  // namespace calluna::runtime
