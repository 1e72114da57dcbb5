#include "default_region.hpp"

#include "app_impl.hpp"

#include <calluna/numbers/region_rules.hpp>

namespace calluna::bindings {

std::string_view default_region(lua_State* lua) {
  auto const& inside = app::of(lua).inside();
  auto const& calls = inside.call_of_task;
  if (!calls.empty()) {
    auto call = calls.find(inside.tasks.current());
    if (call == calls.end()) call = calls.find(inside.tasks.current_owner());
    if (call != calls.end()) return call->second.region;
  }
  auto const& rules = inside.options.services.regions;
  return rules ? rules->default_region() : std::string_view{};
}

}  // namespace calluna::bindings
