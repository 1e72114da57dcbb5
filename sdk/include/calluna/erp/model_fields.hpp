#pragma once
#include <nlohmann/json_fwd.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::erp {

/// Which fields a model has on the server at hand, and requests adapted to that. Pure; immutable.
class model_fields {
 public:
  /// From the value of `fields_get`: `{name: {...}}`.
  explicit model_fields(nlohmann::json const& description);

  /// Whether `path` ("phone", "parent_id.phone") begins with a field of the model.
  bool has(std::string_view path) const;
  /// Takes the fields that do not exist out of `wanted`; returns those.
  std::vector<std::string> trim(std::vector<std::string>& wanted) const;
  /// The same with a domain in prefix notation: a leaf on a missing field becomes one that is
  /// always true or always false, as if the field existed and were empty. What is no domain stays
  /// as it is, for the server to say so.
  std::vector<std::string> trim_domain(nlohmann::json& domain) const;

 private:
  std::set<std::string, std::less<>> names_;
};

}  // namespace calluna::erp
