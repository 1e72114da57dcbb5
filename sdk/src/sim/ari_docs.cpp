// ARI's description of itself, from which other client libraries make their methods.
#include "ari_arguments.hpp"

#include <calluna/ari/event_type.hpp>

namespace calluna::sim {
namespace {

using json = nlohmann::ordered_json;

std::string type_name(std::string_view result) {
  if (result.empty()) return "void";
  if (result[0] == '[') return "List[" + std::string(result.substr(1, result.size() - 2)) + "]";
  return std::string(result);
}

char const* type_name(ari::value_type type) {
  switch (type) {
    case ari::value_type::int32:
      return "int";
    case ari::value_type::int64:
      return "long";
    case ari::value_type::boolean:
      return "boolean";
    case ari::value_type::variables:
      return "containers";
    case ari::value_type::json:
      return "object";
    default:
      return "string";
  }
}

json operation_json(ari::operation const& o) {
  auto parameters = json::array();
  bool body = false;
  for (auto const& p : o.parameters) {
    bool const in_body = p.place == ari::place::body || p.place == ari::place::whole_body;
    if (in_body && std::exchange(body, true)) continue;
    parameters.push_back({{"name", p.name},
                          {"description", ""},
                          {"paramType", in_body                       ? "body"
                                        : p.place == ari::place::path ? "path"
                                                                      : "query"},
                          {"required", p.required},
                          {"allowMultiple", p.list},
                          {"dataType", type_name(p.type)}});
  }
  json j{{"httpMethod", to_string(o.method)},
         {"summary", std::string(o.name)},
         {"nickname", o.nickname},
         {"responseClass", type_name(o.result)},
         {"parameters", std::move(parameters)},
         {"errorResponses", json::array()}};
  if (o.upgrade) j["upgrade"] = "websocket";
  return j;
}

json model_json(ari::object_type const& o) {
  auto properties = json::object();
  for (auto const& f : o.fields) {
    std::string const name{f.name};
    auto type = type_name(f.type);
    if (type.find('|') != std::string::npos) type = "string";
    if (type == "date") type = "Date";
    properties[name] = {{"required", f.required}, {"type", type}};
  }
  return {{"id", std::string(o.name)}, {"description", ""}, {"properties", std::move(properties)}};
}

}  // namespace

std::string ari_front::describe(std::string const& file, std::string const& host) {
  json out{
      {"apiVersion", "8.0.0"}, {"swaggerVersion", "1.1"}, {"basePath", "http://" + host + "/ari"}};
  auto apis = json::array();
  std::set<std::string_view> seen;
  if (file == "resources.json") {
    for (auto const& o : ari::operations())
      if (seen.insert(o.resource).second)
        apis.push_back({{"path", "/api-docs/" + std::string(o.resource) + ".{format}"},
                        {"description", std::string(o.resource)}});
    out["apis"] = std::move(apis);
    return out.dump();
  }
  out["resourcePath"] = "/api-docs/" + file.substr(0, file.find('.')) + ".{format}";
  for (auto const& o : ari::operations()) {
    if (std::string(o.resource) + ".json" != file) continue;
    std::string const path = "/" + std::string(o.path);
    auto at =
        std::find_if(apis.begin(), apis.end(), [&](auto const& a) { return a["path"] == path; });
    if (at == apis.end()) {
      json api{{"path", path}, {"description", ""}, {"operations", json::array()}};
      at = apis.insert(apis.end(), std::move(api));
    }
    (*at)["operations"].push_back(operation_json(o));
  }
  if (apis.empty()) return {};
  out["apis"] = std::move(apis);
  auto models = json::object();
  if (file == "events.json")
    for (auto const& o : ari::event_types()) models[std::string(o.name)] = model_json(o);
  for (auto const& o : ari::model_types()) models[std::string(o.name)] = model_json(o);
  out["models"] = std::move(models);
  return out.dump();
}

}  // namespace calluna::sim
