#include <calluna/numbers/region_rules.hpp>

#include <algorithm>
#include <utility>

namespace calluna::numbers {
namespace {

bool is_prefix(region_rules::trunk_region const& rule) noexcept {
  return !rule.endpoint.empty() && rule.endpoint.back() == '*';
}

bool fits(region_rules::trunk_region const& rule, std::string_view endpoint) noexcept {
  std::string_view pattern = rule.endpoint;
  if (!is_prefix(rule)) return pattern == endpoint;
  pattern.remove_suffix(1);
  return endpoint.substr(0, pattern.size()) == pattern;
}

}  // namespace

region_rules::region_rules(std::vector<pbx_region> pbxs, std::vector<trunk_region> trunks)
    : pbxs_(std::move(pbxs)), trunks_(std::move(trunks)) {
  std::stable_sort(trunks_.begin(), trunks_.end(), [](auto const& a, auto const& b) {
    return std::pair(is_prefix(a), b.endpoint.size()) < std::pair(is_prefix(b), a.endpoint.size());
  });
  bool const agree = std::all_of(pbxs_.begin(), pbxs_.end(), [this](auto const& each) {
    return each.region == pbxs_.front().region;
  });
  if (agree && !pbxs_.empty()) default_region_ = pbxs_.front().region;
}

std::string_view region_rules::region_of(std::string_view pbx,
                                         std::string_view channel_name) const noexcept {
  auto const endpoint = endpoint_of_channel(channel_name);
  if (!endpoint.empty())
    for (auto const& each : trunks_)
      if (each.pbx == pbx && fits(each, endpoint)) return each.region;
  for (auto const& each : pbxs_)
    if (each.pbx == pbx) return each.region;
  return {};
}

std::string_view endpoint_of_channel(std::string_view channel_name) noexcept {
  return channel_name.substr(0, channel_name.rfind('-'));
}

}  // namespace calluna::numbers
