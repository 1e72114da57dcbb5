#pragma once
#include <nlohmann/json_fwd.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime::recording {

/// Makes people of a recording unknown: names and telephone numbers become others, each always the
/// same one, so that what belongs together still does. First `learn` all lines, then `scrub` them.
///
/// A number is a run of 7 to 15 digits, or one with blanks, dots or the like between them that is
/// written elsewhere as a caller's. Its last seven digits change; country and area stay, so that it
/// can still be read. Ids and times (`1764592000.17`) stay. A name is what a caller, connected
/// line or queue member is called. Not for free text: what somebody typed into a variable stays.
class scrubber {
 public:
  /// Takes note of the names and numbers in a line of a recording.
  void learn(nlohmann::json const& line);
  /// The line with others in their place.
  nlohmann::json scrub(nlohmann::json const& line);
  /// A text of it.
  std::string scrub_text(std::string_view text);

 private:
  void learn_ami(std::string_view block);
  void learn_ari(nlohmann::json const& value);
  void learn_name(std::string_view name);
  void learn_number(std::string_view number);
  std::string with_other_numbers(std::string_view text);
  std::string with_other_names(std::string_view text) const;
  std::string const* name_at(std::string_view text, std::size_t at) const;
  std::string scrub_ami(std::string_view block);
  nlohmann::json scrub_json(nlohmann::json const& value, std::string_view key);
  std::string const& other_ending(std::string const& ending);

  std::map<char, std::vector<std::string>> names_;  ///< by their first letter, longest first
  std::map<std::string, std::string> others_;
  std::set<std::string> endings_;  ///< of numbers that were learned
  std::map<std::string, std::string> other_endings_;
};

}  // namespace calluna::runtime::recording
