#include "call_knowledge.hpp"

#include <calluna/directory/user.hpp>
#include <calluna/numbers/reader.hpp>
#include <calluna/numbers/region_rules.hpp>

#include <algorithm>
#include <memory>

namespace calluna::runtime {
namespace {

bool matches(std::string_view pattern, std::string_view endpoint) {
  if (!pattern.empty() && pattern.back() == '*')
    return endpoint.substr(0, pattern.size() - 1) == pattern.substr(0, pattern.size() - 1);
  return pattern == endpoint;
}

// A channel of that endpoint, as users are asked for.
std::string channel_of(std::string_view endpoint) {
  return std::string(endpoint) + "-0";
}

}  // namespace

calls::call_model_options call_knowledge(config const& settings,
                                         bindings::app_services const& shared) {
  calls::call_model_options known;
  known.is_trunk = [&pbxs = settings.pbx, users = shared.users](
                       unsigned pbx, std::string_view endpoint) -> std::optional<bool> {
    auto const& p = pbxs.at(pbx);
    if (std::any_of(p.trunks.begin(), p.trunks.end(),
                    [&](auto const& t) { return matches(t, endpoint); }) ||
        std::any_of(p.trunk_regions.begin(), p.trunk_regions.end(),
                    [&](auto const& t) { return matches(t.first, endpoint); }))
      return true;
    if (!p.trunks.empty()) return false;
    if (users && users->current()->by_channel(p.name, channel_of(endpoint)) != nullptr)
      return false;
    return std::nullopt;
  };
  known.e164 = [&pbxs = settings.pbx, regions = shared.regions,
                reader = std::make_shared<numbers::reader>()](unsigned pbx, std::string_view number,
                                                              std::string_view endpoint) {
    auto region = regions->region_of(pbxs.at(pbx).name,
                                     endpoint.empty() ? std::string() : channel_of(endpoint));
    if (region.empty()) region = regions->default_region();
    auto const read = reader->read(number, region);
    return read ? to_string(*read) : std::string();
  };
  return known;
}

}  // namespace calluna::runtime
