#include "show_answer.hpp"

#include <calluna/runtime/log.hpp>

#include <nlohmann/json.hpp>

#include <ostream>
#include <string>

namespace calluna::runtime {
namespace {
using nlohmann::json;

std::string shown(json const& value) {
  if (value.is_string()) return escape_controls(value.get_ref<std::string const&>());
  if (value.is_null()) return "-";
  return escape_controls(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

/// "vip_queue  calls=3 generation=7": the name first, the rest by key.
std::string entry_line(json const& entry) {
  if (!entry.is_object()) return shown(entry);
  std::string line = entry.contains("name") ? shown(entry["name"]) + " " : std::string{};
  for (auto const& [key, value] : entry.items())
    if (key != "name") line += " " + escape_controls(key) + "=" + shown(value);
  return line;
}

}  // namespace

void show_answer(std::ostream& out, json const& answer) {
  if (!answer.is_object()) {
    out << shown(answer) << '\n';
    return;
  }
  for (auto const& [key, value] : answer.items()) {
    out << escape_controls(key) << ':';
    if (!value.is_structured()) {
      out << ' ' << shown(value) << '\n';
    } else if (value.is_object()) {
      out << ' ' << entry_line(value) << '\n';
    } else {
      out << (value.empty() ? " none\n" : "\n");
      for (auto const& entry : value) out << "  " << entry_line(entry) << '\n';
    }
  }
}

}  // namespace calluna::runtime
