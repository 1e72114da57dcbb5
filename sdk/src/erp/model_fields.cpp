#include <calluna/erp/model_fields.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace calluna::erp {
namespace {

using nlohmann::json;

// Records have ids from 1 on. (Odoo's own [1, "=", 1] is not taken by all of its versions.)
json always(bool value) {
  return json::array({"id", value ? "!=" : "=", 0});
}

bool is_empty(json const& value) {
  return value.is_null() || value == false || value == "";
}

// What the leaf gives if its field is empty in every record.
bool holds_for_empty(std::string_view op, json const& value) {
  bool const negated = op == "!=" || op == "<>" || op.substr(0, 4) == "not ";
  if (op == "=" || op == "==" || op == "=?" || op == "!=" || op == "<>")
    return is_empty(value) != negated;
  if (op == "in" || op == "not in")
    return (value.is_array() && std::any_of(value.begin(), value.end(), is_empty)) != negated;
  return negated;  // like, <, child_of, ...: nothing matches an empty field
}

bool is_leaf(json const& item) {
  return item.is_array() && item.size() == 3 && item[0].is_string() && item[1].is_string();
}

}  // namespace

model_fields::model_fields(json const& description) {
  if (!description.is_object()) return;
  for (auto const& [name, ignored] : description.items()) names_.insert(name);
}

bool model_fields::has(std::string_view path) const {
  return names_.count(path.substr(0, path.find_first_of(".:"))) != 0;
}

std::vector<std::string> model_fields::trim(std::vector<std::string>& wanted) const {
  auto const gone = std::stable_partition(wanted.begin(), wanted.end(),
                                          [this](std::string const& name) { return has(name); });
  std::vector<std::string> missing(gone, wanted.end());
  wanted.erase(gone, wanted.end());
  return missing;
}

std::vector<std::string> model_fields::trim_domain(json& domain) const {
  std::vector<std::string> missing;
  if (!domain.is_array()) return missing;
  for (auto& item : domain) {
    if (!is_leaf(item) || has(item[0].get_ref<std::string const&>())) continue;
    missing.push_back(item[0].get<std::string>());
    item = always(holds_for_empty(item[1].get<std::string>(), item[2]));
  }
  return missing;
}

}  // namespace calluna::erp
