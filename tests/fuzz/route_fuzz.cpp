#include <calluna/runtime/web/route_table.hpp>
#include <calluna/runtime/web/url.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace calluna::runtime::web;

namespace {

route_table const& routes() {
  static route_table table;
  static bool const filled = [] {
    std::vector<calluna::bindings::http_route> some;
    for (auto const* path : {"/", "/a", "/a/{x}", "/a/{x}/b", "/a/b/{y}", "/r/{rest...}"}) {
      calluna::bindings::http_route route;
      route.path = path;
      some.push_back(route);
    }
    table.set("app", some);
    return true;
  }();
  (void)filled;
  return table;
}

bool leads_out(std::string_view segment) {
  return segment == "." || segment == ".." || segment.find('\0') != segment.npos;
}

}  // namespace

/// No target leads out of where it begins, and what a route takes is what was asked for. A pattern
/// of any bytes is taken or refused with a reason.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  (void)is_host(text);
  (void)read_query(text);
  if (auto const target = split_target(text)) {
    if (auto const segments = read_path(target->path))
      for (auto const& one : *segments)
        if (leads_out(one)) std::abort();
    auto const match = routes().match("GET", target->path);
    bool const found = match.what == route_match::outcome::found;
    if (found != (match.route != nullptr)) std::abort();
    if (found && match.parameters.size() != match.route->names.size()) std::abort();
  }
  calluna::bindings::http_route route;
  route.path = text;
  if (auto const checked = route_table::check(route); !checked) {
    if (checked.error().message.empty()) std::abort();
    return 0;
  }
  route_table table;
  table.set("app", {route});
  if (table.size() != 1) std::abort();
  return 0;
}
