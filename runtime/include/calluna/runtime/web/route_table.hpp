#pragma once
#include <calluna/bindings/http_door.hpp>
#include <calluna/result.hpp>
#include <calluna/runtime/web/network.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime::web {

/// A route with what reading it gave.
struct served_route {
  std::string owner;
  bindings::http_route route;
  std::vector<network> networks;
  /// Names of the parameters, in their order.
  std::vector<std::string> names;
};

struct route_match {
  enum class outcome {
    found,
    no_path,    ///< 404
    no_method,  ///< 405; `allow` has those that there are
    bad_path,   ///< 400: broken encoding, or a way out of where it begins
  };
  outcome what = outcome::no_path;
  std::shared_ptr<served_route const> route;
  bindings::http_headers parameters;
  /// The methods of this path, sorted, with HEAD and OPTIONS where they follow from others.
  std::vector<std::string> allow;
  /// The decoded path.
  std::string path;
};

/// Which app serves which path. Static segments win over parameters, parameters over "{rest...}";
/// among routes of the same path the method decides. One thread at a time.
///
/// A route of files serves everything below its path, and HEAD follows from GET.
class route_table {
 public:
  route_table();
  ~route_table();
  route_table(route_table const&) = delete;
  route_table& operator=(route_table const&) = delete;

  /// Why `route` cannot be served: a bad pattern, method or network; nothing if it can.
  static result<void> check(bindings::http_route const& route);

  /// One line for each of `routes` that `owner` cannot have: it is wrong, another one serves it,
  /// the server itself does, or `routes` has it twice. What `set` would leave out.
  std::vector<std::string> objections(std::string const& owner,
                                      std::vector<bindings::http_route> const& routes) const;
  /// `owner` serves these from now on, and no others; those with objections are left out.
  void set(std::string const& owner, std::vector<bindings::http_route> const& routes);
  void remove(std::string const& owner);

  /// `path` undecoded, as split_target gives it.
  route_match match(std::string_view method, std::string_view path) const;
  std::size_t size() const noexcept;

 private:
  struct node;
  void rebuild();
  bool taken(std::string const& owner, std::string const& shape) const;

  std::map<std::string, std::vector<std::shared_ptr<served_route const>>> owners_;
  /// "GET /a/{}" to its owner.
  std::map<std::string, std::string> shapes_;
  std::unique_ptr<node> root_;
};

}  // namespace calluna::runtime::web
