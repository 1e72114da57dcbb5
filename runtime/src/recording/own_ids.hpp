#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime::recording {

/// The ids that apps choose ("calluna-1f2e3d4c-3-ch7") are others when a recording is played to an
/// app again. This knows which of them stand for which. Not for several threads.
class own_ids {
 public:
  /// The ids in a text, in their order.
  static std::vector<std::string> in(std::string_view text);
  /// The text with `#` in the place of each of its ids, but those of `known`.
  static std::string without(std::string_view text,
                             std::map<std::string, std::string> const& known);

  /// Those of `recorded`, one by one, are those of `now` from here on, as far as they are unknown.
  /// Texts with different numbers of ids teach nothing.
  void learn(std::string_view recorded, std::string_view now);
  /// A recorded text with the ids of now, where they are known.
  std::string translate(std::string_view recorded) const;
  /// How two requests are compared: the same but for ids of which nothing is known yet.
  bool alike(std::string_view recorded, std::string_view now) const;

 private:
  std::map<std::string, std::string> now_, recorded_;
};

}  // namespace calluna::runtime::recording
