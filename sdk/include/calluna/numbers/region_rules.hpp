#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace calluna::numbers {

/// The country of numbers without a country code: that of the trunk a call came in by, else that of
/// its PBX. Immutable; any thread. Views it gives out live as long as it does.
class region_rules {
 public:
  struct pbx_region {
    std::string pbx, region;
  };
  /// `endpoint` as channels name it ("PJSIP/trunk-de"), or with a "*" at its end ("PJSIP/de-*").
  /// The exact one goes first, then the longest.
  struct trunk_region {
    std::string pbx, endpoint, region;
  };

  region_rules() = default;
  /// Regions are two capital letters, or empty for a PBX without one.
  region_rules(std::vector<pbx_region> pbxs, std::vector<trunk_region> trunks);

  /// The region of a call on `channel_name` ("PJSIP/trunk-de-0000001f", or "") of `pbx`; "" if
  /// there is none.
  std::string_view region_of(std::string_view pbx, std::string_view channel_name) const noexcept;
  /// That of all PBXs if they agree; else "".
  std::string_view default_region() const noexcept { return default_region_; }

 private:
  std::vector<pbx_region> pbxs_;
  std::vector<trunk_region> trunks_;  // in the order of trying
  std::string default_region_;
};

/// "PJSIP/trunk-de" of "PJSIP/trunk-de-0000001f", "Local/101@agents" of "Local/101@agents-0000;2".
std::string_view endpoint_of_channel(std::string_view channel_name) noexcept;

}  // namespace calluna::numbers
