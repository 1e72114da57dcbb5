#pragma once
#include <calluna/result.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::sim {

/// One priority of an extension: an application with its argument.
struct step {
  std::string app, data, label;
};

/// A dialplan in the words of extensions.conf, with the applications that `dialplan::applications`
/// names.
class dialplan {
 public:
  /// Adds what `text` says: `[context]`, `exten => 100,1,Answer()`, `same => n,Hangup()`,
  /// `include => other`; `;` begins a comment. The error names the line.
  result<void> read(std::string_view text);

  /// The step there; null if there is none. A name beats a pattern, a narrow pattern a wide one.
  step const* find(std::string_view context, std::string_view exten, int priority) const;
  bool has(std::string_view context, std::string_view exten) const {
    return find(context, exten, 1) != nullptr;
  }
  /// The priority with that label, or 0.
  int labelled(std::string_view context, std::string_view exten, std::string_view label) const;
  bool has_context(std::string_view context) const;

  static std::vector<std::string_view> const& applications();

 private:
  using steps = std::map<int, step>;
  struct section {
    std::map<std::string, steps, std::less<>> extensions;
    std::vector<std::string> includes;
  };
  steps const* look_up(std::string_view name, std::string_view exten, int depth) const;

  std::map<std::string, section, std::less<>> contexts_;
};

/// Whether `exten` is one of those that `pattern` ("_0[1-9]XN.", or a plain name) means.
bool matches(std::string_view pattern, std::string_view exten) noexcept;

/// `text` with each ${name}, ${name:offset} and ${name:offset:length} replaced by what `value_of`
/// says for the name; nested ones from the inside.
std::string substitute(std::string_view text,
                       std::function<std::string(std::string const&)> const& value_of);

/// "a,b(c,d),e" -> a | b(c,d) | e: cut at commas outside of parentheses.
std::vector<std::string> split_arguments(std::string_view text, char at = ',');

}  // namespace calluna::sim
