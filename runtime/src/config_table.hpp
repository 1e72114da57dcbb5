#pragma once
// Reading TOML with a position in every complaint. Private to config.cpp: toml++ is slow to
// compile.
#include "suggestion.hpp"

#include <calluna/runtime/config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
// toml++ asserts that a header like "[[[" does not occur, before it reports it as a mistake; with
// NDEBUG it even tells clang to rely on that. A mistake in a file must be a line in both.
#define TOML_ASSERT(expression) static_cast<void>(0)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace calluna::runtime {

/// What is wrong in one file, collected in any order, told in the file's order.
class problem_list {
 public:
  explicit problem_list(std::string file) : file_(std::move(file)) {}

  void add(toml::source_region const& at, std::string_view section, std::string_view text) {
    auto const line = at.begin.line, column = at.begin.column;
    std::string place = line == 0 ? file_ : fmt::format("{}:{}:{}", file_, line, column);
    auto const room = section.empty() ? std::string{} : std::string{section} + ": ";
    entries_.push_back({line, column, fmt::format("{}: {}{}", place, room, text)});
  }
  bool empty() const noexcept { return entries_.empty(); }
  config_problems lines() {
    std::stable_sort(entries_.begin(), entries_.end(), [](entry const& a, entry const& b) {
      return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    config_problems all;
    for (auto& e : entries_) all.push_back(std::move(e.text));
    return all;
  }

 private:
  struct entry {
    std::uint32_t line, column;
    std::string text;
  };
  std::string file_;
  std::vector<entry> entries_;
};

inline std::string_view kind_name(toml::node const& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

/// One section of the file. Keys outside its closed set are reported at once; each getter reports a
/// value of a wrong kind and then returns nothing, as it does for a key that is not there.
class section {
 public:
  using words = std::vector<std::string_view>;

  section(toml::table const& table, std::string name, words const& keys, problem_list& problems)
      : table_(table), name_(std::move(name)), problems_(problems) {
    for (auto&& [key, value] : table_)
      if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
        problem_at(key.source(), fmt::format("unknown key '{}'{}", printable(key.str()),
                                             suggestion(key.str(), keys)));
  }

  bool has(std::string_view key) const { return table_.contains(key); }
  toml::node const* node(std::string_view key) const { return table_.get(key); }
  std::string const& name() const noexcept { return name_; }

  /// At the value of `key`, or at the section if there is none.
  void problem(std::string_view key, std::string_view text) {
    auto const* at = table_.get(key);
    problem_at(at != nullptr ? at->source() : table_.source(), text);
  }
  void missing(std::string_view key) {
    problem_at(table_.source(), fmt::format("'{}' is missing", key));
  }

  std::optional<std::string> text(std::string_view key) {
    auto const* value = wanted(key, toml::node_type::string, "text");
    if (value == nullptr) return {};
    return checked_text(key, *value);
  }
  std::optional<std::string> needed_text(std::string_view key) {
    if (has(key)) return text(key);
    missing(key);
    return {};
  }
  std::optional<bool> boolean(std::string_view key) {
    auto const* value = wanted(key, toml::node_type::boolean, "true or false");
    if (value == nullptr) return {};
    return value->as_boolean()->get();
  }
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most) {
    auto const* value = wanted(key, toml::node_type::integer, "a whole number");
    if (value == nullptr) return {};
    auto const number = value->as_integer()->get();
    if (number >= least && number <= most) return number;
    problem(key, fmt::format("'{}' must be from {} to {}, not {}", key, least, most, number));
    return {};
  }
  /// An array of texts; one text alone counts as an array of one.
  std::optional<std::vector<std::string>> texts(std::string_view key) {
    auto const* value = table_.get(key);
    if (value == nullptr) return {};
    if (value->is_string()) {
      auto only = checked_text(key, *value);
      if (!only) return {};
      return std::vector<std::string>{std::move(*only)};
    }
    auto const* array = wanted(key, toml::node_type::array, "an array of texts");
    if (array == nullptr) return {};
    std::vector<std::string> all;
    for (auto const& item : *array->as_array()) {
      if (!item.is_string()) {
        problem_at(item.source(),
                   fmt::format("'{}' must hold only texts, not {}", key, kind_name(item)));
        return {};
      }
      auto one = checked_text(key, item);
      if (!one) return {};
      all.push_back(std::move(*one));
    }
    return all;
  }
  toml::table const* table(std::string_view key) {
    auto const* value = wanted(key, toml::node_type::table, "a table");
    return value == nullptr ? nullptr : value->as_table();
  }
  void problem_at(toml::source_region const& at, std::string_view text) {
    problems_.add(at, name_, text);
  }

  /// `text` for a message: one line, whatever it holds.
  static std::string printable(std::string_view text) {
    std::string out{text.substr(0, 200)};
    for (char& c : out)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    return out;
  }

 private:
  toml::node const* wanted(std::string_view key, toml::node_type kind, std::string_view kind_text) {
    auto const* value = table_.get(key);
    if (value == nullptr || value->type() == kind) return value;
    problem(key, fmt::format("'{}' must be {}, not {}", key, kind_text, kind_name(*value)));
    return nullptr;
  }
  // A value may end up in a protocol's header line, so none has a line's end in it.
  std::optional<std::string> checked_text(std::string_view key, toml::node const& value) {
    auto const& text = value.as_string()->get();
    auto const bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (text.empty()) {
      problem_at(value.source(), fmt::format("'{}' is empty", key));
    } else if (std::any_of(text.begin(), text.end(), bad)) {
      problem_at(value.source(), fmt::format("'{}' holds a control character", key));
    } else {
      return text;
    }
    return {};
  }

  toml::table const& table_;
  std::string name_;
  problem_list& problems_;
};

}  // namespace calluna::runtime
