#include <calluna/runtime/script_table.hpp>

#include <fmt/format.h>

namespace calluna::runtime {

std::vector<std::string> script_table::objections(
    std::string const& app, std::vector<bindings::agi_script> const& scripts) const {
  std::vector<std::string> lines;
  for (auto const& script : scripts)
    if (auto const* known = find(script.path); known != nullptr && known->app != app)
      lines.push_back(fmt::format("the AGI script '{}' is served by app '{}' already", script.path,
                                  known->app));
  return lines;
}

void script_table::set(std::string const& app, std::vector<bindings::agi_script> const& scripts,
                       std::weak_ptr<agi_receiver> const& to) {
  std::erase_if(places_, [&](auto const& one) { return one.second.app == app; });
  for (auto const& script : scripts)
    places_.insert_or_assign(script.path, place{app, script.handler, to});
}

script_table::place const* script_table::find(std::string_view path) const noexcept {
  auto const found = places_.find(path);
  return found == places_.end() ? nullptr : &found->second;
}

}  // namespace calluna::runtime
