#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::erp {

/// The key of a record.
using record_id = std::int64_t;

/// One method of one model, with its arguments; a plain value, the same for each transport.
struct call {
  std::string model;   ///< "res.partner"
  std::string method;  ///< "search_read"
  /// The records it is called on; nothing: on the model as such.
  std::optional<std::vector<record_id>> ids = {};
  /// Arguments by name: the text of a JSON object.
  std::string named = "{}";
  /// Arguments by place, after `ids`: the text of a JSON array. JSON-2 knows names only, so there
  /// they work with the methods listed by `argument_names`.
  std::string positional = "[]";
};

/// "res.partner.search_read", for messages.
std::string to_string(call const& c);

/// It reads and changes nothing, as far as its name says: a lost answer may be asked for again.
bool is_reading(std::string_view method) noexcept;

/// Done twice it leaves the same as done once: reading, `write` and `unlink`.
bool is_repeatable(std::string_view method) noexcept;

/// The names of the arguments (after `ids`) of the methods every model has; empty if unknown.
std::vector<std::string_view> argument_names(std::string_view method);

}  // namespace calluna::erp
