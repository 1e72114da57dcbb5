#include <calluna/bindings/http_shape.hpp>

#include <string_view>

namespace calluna::bindings {

std::string shape_of(http_route const& route) {
  std::string shape = route.method + " ";
  std::string_view rest = route.path;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    auto const close = rest.find('}', open);
    if (close == std::string_view::npos) break;
    auto const name = rest.substr(open, close - open);
    shape.append(rest.substr(0, open));
    shape += name.size() > 3 && name.substr(name.size() - 3) == "..." ? "{...}" : "{}";
    rest.remove_prefix(close + 1);
  }
  return shape.append(rest);
}

}  // namespace calluna::bindings
