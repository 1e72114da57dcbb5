#include <calluna/erp/call.hpp>

#include <algorithm>
#include <array>

namespace calluna::erp {
namespace {

constexpr std::array<std::string_view, 12> reading_methods{
    "check_access", "check_access_rights", "context_get", "default_get", "fields_get",
    "name_get",     "name_search",         "read",        "read_group",  "search",
    "search_count", "search_read"};

struct signature {
  std::string_view method;
  std::array<std::string_view, 5> names;
};

// Of Odoo's BaseModel, in the order of its parameters.
constexpr std::array signatures{
    signature{"create", {"vals_list"}},
    signature{"fields_get", {"allfields", "attributes"}},
    signature{"default_get", {"fields"}},
    signature{"read", {"fields", "load"}},
    signature{"search", {"domain", "offset", "limit", "order"}},
    signature{"search_count", {"domain", "limit"}},
    signature{"search_read", {"domain", "fields", "offset", "limit", "order"}},
    signature{"unlink", {}},
    signature{"write", {"vals"}},
};

}  // namespace

std::string to_string(call const& c) {
  return c.model + "." + c.method;
}

bool is_reading(std::string_view method) noexcept {
  return std::find(reading_methods.begin(), reading_methods.end(), method) != reading_methods.end();
}

bool is_repeatable(std::string_view method) noexcept {
  return is_reading(method) || method == "write" || method == "unlink";
}

std::vector<std::string_view> argument_names(std::string_view method) {
  std::vector<std::string_view> names;
  for (auto const& one : signatures) {
    if (one.method != method) continue;
    for (auto const name : one.names)
      if (!name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace calluna::erp
