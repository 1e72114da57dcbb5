#pragma once
#include <calluna/bindings/http_door.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime {

/// The HTTP server, as whoever keeps the apps sees it. On the IO thread.
class http_door {
 public:
  virtual ~http_door() = default;

  /// Takes a request to the app's handler of that number.
  using receiver =
      std::function<void(std::uint32_t handler, std::shared_ptr<bindings::http_exchange>)>;

  /// One line for each of `routes` that the app cannot have: it is wrong, or another app's.
  virtual std::vector<std::string> objections(
      std::string const& app, std::vector<bindings::http_route> const& routes) const = 0;
  /// These routes of the app lead to `to` from now on, and its former ones nowhere; requests that
  /// came by those go on.
  virtual void serve(std::string const& app, std::vector<bindings::http_route> const& routes,
                     receiver to) = 0;
};

}  // namespace calluna::runtime
