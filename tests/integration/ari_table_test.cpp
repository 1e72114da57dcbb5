// Compares the ARI tables with the API description a running Asterisk serves: what the server has
// and the tables lack, the other way round, and what differs. Against 22.10 and newer all must be
// the same; an older server must have exactly what the tables' `since` says.
//
// CALLUNA_LAB_ARI_URL (http://127.0.0.1:8088), CALLUNA_LAB_ARI_USER, CALLUNA_LAB_ARI_PASSWORD name
// the server; without them the test fails. ari_table_test.sh runs it against the lab's servers.
#include <calluna/ari/event_type.hpp>
#include <calluna/ari/operation.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <httplib.h>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::ari {
namespace {

using nlohmann::json;

/// Major and minor; 22 is 22.0.
using version = std::pair<int, int>;

constexpr version table_version{22, 10};
constexpr version oldest_version{16, 28};

version parse_version(std::string_view text) {
  version v{0, 0};
  auto const* end = text.data() + text.size();
  auto [rest, failure] = std::from_chars(text.data(), end, v.first);
  if (failure != std::errc{}) throw std::runtime_error("no version: " + std::string(text));
  if (rest != end && *rest == '.') std::from_chars(rest + 1, end, v.second);
  return v;
}

std::string setting(char const* name) {
  char const* value = std::getenv(name);
  if (!value || !*value) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

/// What the server says of itself.
struct description {
  ari::version version;
  std::string version_text;
  std::map<std::string, json> resources;  ///< "channels" -> channels.json
};

json get(httplib::Client& client, std::string const& path) {
  auto const answer = client.Get(path);
  if (!answer) throw std::runtime_error(path + ": " + httplib::to_string(answer.error()));
  if (answer->status != 200) {
    throw std::runtime_error(path + ": status " + std::to_string(answer->status));
  }
  return json::parse(answer->body);
}

description fetch_description() {
  httplib::Client client(setting("CALLUNA_LAB_ARI_URL"));
  client.set_basic_auth(setting("CALLUNA_LAB_ARI_USER"), setting("CALLUNA_LAB_ARI_PASSWORD"));
  description d;
  d.version_text = get(client, "/ari/asterisk/info?only=system").at("system").at("version");
  d.version = parse_version(d.version_text);
  json const listing = get(client, "/ari/api-docs/resources.json");
  for (json const& api : listing.at("apis")) {
    std::string path = api.at("path");  // "/api-docs/channels.{format}"
    path.resize(path.find(".{format}"));
    d.resources[path.substr(path.rfind('/') + 1)] = get(client, "/ari" + path + ".json");
  }
  return d;
}

/// A parameter or field as both sides are brought to it.
struct shape {
  std::string type;  ///< as the tables write it; empty where only the presence counts
  std::set<std::string> values;
  bool required = false;
  std::string place = {};
  std::string since = {};
};
using shapes = std::map<std::string, shape>;

std::set<std::string> split_values(std::string_view text) {
  std::set<std::string> values;
  while (!text.empty()) {
    auto const bar = std::min(text.find('|'), text.size());
    values.emplace(text.substr(0, bar));
    text.remove_prefix(std::min(bar + 1, text.size()));
  }
  return values;
}

std::string with_brackets(std::string const& type) {
  if (!type.starts_with("List[")) return type;
  return type.substr(4);
}

shape server_shape(json const& p, char const* type_key) {
  shape s;
  s.type = with_brackets(p.at(type_key));
  if (s.type == "Date") s.type = "date";
  if (p.value("allowMultiple", false)) s.type = '[' + s.type + ']';
  s.required = p.value("required", false);
  if (auto const allowed = p.find("allowableValues");
      allowed != p.end() && allowed->at("valueType") == "LIST") {
    for (json const& value : allowed->at("values")) s.values.insert(value.get<std::string>());
  }
  return s;
}

shape server_parameter(json const& p) {
  shape s = server_shape(p, "dataType");
  s.place = p.at("paramType");
  // Asterisk writes "containers" or "object" for every kind of body, and omits `required` at times.
  if (s.place == "body") s.type.clear();
  if (s.place == "path") s.required = true;
  return s;
}

shape table_parameter(parameter const& p) {
  constexpr std::string_view types[] = {"string", "int", "long", "boolean", "", ""};
  constexpr char const* places[] = {"path", "query", "body", "body"};
  shape s;
  s.place = places[static_cast<int>(p.place)];
  s.type = types[static_cast<int>(p.type)];
  if (p.list && p.place == place::query) s.type = '[' + s.type + ']';
  if (s.place == "body") s.type.clear();
  s.values = split_values(p.values);
  s.required = p.required;
  s.since = p.since;
  return s;
}

shape table_field(field const& f) {
  shape s{std::string(f.type), {}, f.required};
  if (f.type.find('|') != f.type.npos) {
    s.values = split_values(f.type);
    s.type = "string";
  }
  s.since = f.since;
  return s;
}

std::string joined(std::set<std::string> const& values) {
  std::string text;
  for (std::string const& each : values) text += (text.empty() ? "" : "|") + each;
  return text;
}

class comparison {
 public:
  explicit comparison(version server) : server_(server) {}

  std::vector<std::string> const& differences() const { return differences_; }

  /// True if both sides have `name`, so that its details can be compared.
  bool both_have(std::string const& name, bool server, bool table, std::string_view since) {
    bool const expected = since.empty() || server_ >= parse_version(since);
    if (server && !table) differ(name, "is new in the server");
    if (server && table && !expected) differ(name, "is in the server, before its `since`");
    if (!server && table && expected) differ(name, "is missing in the server");
    return server && table;
  }

  void same(std::string const& name, std::string const& server, std::string const& table) {
    if (server != table) differ(name, "is '" + server + "' in the server, '" + table + "' here");
  }

  void same_shapes(std::string const& owner, shapes const& server, shapes const& table) {
    std::set<std::string> names;
    for (auto const& [name, s] : server) names.insert(name);
    for (auto const& [name, s] : table) names.insert(name);
    for (std::string const& name : names) {
      auto const there = server.find(name);
      auto const here = table.find(name);
      auto const full = owner + ' ' + name;
      auto const since = here == table.end() ? std::string() : here->second.since;
      if (both_have(full, there != server.end(), here != table.end(), since)) {
        same_shape(full, there->second, here->second);
      }
    }
  }

 private:
  void same_shape(std::string const& name, shape const& server, shape const& table) {
    same(name + " (type)", server.type, table.type);
    same(name + " (place)", server.place, table.place);
    bool const older = server_ < table_version;
    bool const fewer = std::ranges::includes(table.values, server.values);
    if (older ? !fewer : server.values != table.values) {
      same(name + " (values)", joined(server.values), joined(table.values));
    }
    if (server.required == table.required) return;
    if (older && !table.required) {
      std::cout << "note: " << name << " is required by this older server\n";
    } else {
      differ(name, server.required ? "is required by the server" : "is optional in the server");
    }
  }

  void differ(std::string const& name, std::string const& how) {
    differences_.push_back(name + ' ' + how);
  }

  version server_;
  std::vector<std::string> differences_;
};

class ari_table : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = fetch_description();
    std::cout << "Asterisk " << server_.version_text << '\n';
  }

  void TearDown() override {
    for (std::string const& each : compared_.differences()) ADD_FAILURE() << each;
  }

  static inline description server_;
  comparison compared_{server_.version};
};

std::map<std::string, std::pair<json, std::string>> server_operations(description const& d) {
  std::map<std::string, std::pair<json, std::string>> found;
  for (auto const& [resource, text] : d.resources) {
    for (json const& api : text.at("apis")) {
      for (json const& each : api.at("operations")) {
        std::string const path = api.at("path");
        found[resource + '.' + each.at("nickname").get<std::string>()] = {each, path.substr(1)};
      }
    }
  }
  return found;
}

TEST_F(ari_table, knows_a_server_of_this_version) {
  EXPECT_GE(server_.version, oldest_version) << "the tables say nothing of older servers";
  EXPECT_EQ(server_.resources.size(), 11U);
}

TEST_F(ari_table, has_the_operations_of_the_server) {
  auto const there = server_operations(server_);
  for (auto const& [name, each] : there) {
    operation const* here = find_operation(name);
    bool const known = here && here->name == name;
    if (!compared_.both_have(name, true, known, known ? here->since : "")) continue;
    auto const& [text, path] = each;
    compared_.same(name + " (method)", text.at("httpMethod"), std::string(to_string(here->method)));
    compared_.same(name + " (path)", path, std::string(here->path));
    std::string const result = with_brackets(text.at("responseClass"));
    compared_.same(name + " (result)", result == "void" ? "" : result, std::string(here->result));
    EXPECT_EQ(text.contains("upgrade"), here->upgrade) << name;

    shapes server_side, table_side;
    for (json const& p : text.value("parameters", json::array())) {
      server_side[p.at("name")] = server_parameter(p);
    }
    for (parameter const& p : here->parameters) {
      table_side[std::string(p.name)] = table_parameter(p);
    }
    compared_.same_shapes(name, server_side, table_side);
  }
  for (operation const& here : operations()) {
    std::string const name{here.name};
    if (!there.contains(name)) compared_.both_have(name, false, true, here.since);
  }
}

/// The names of those models which are events: all that Message and Event branch into.
std::set<std::string> event_names(json const& models) {
  std::set<std::string> names;
  for (char const* base : {"Message", "Event"}) {
    for (json const& name : models.at(base).at("subTypes")) names.insert(name.get<std::string>());
  }
  names.erase("Event");
  return names;
}

void compare_objects(comparison& compared, std::map<std::string, json> const& there,
                     std::span<object_type const> table) {
  std::map<std::string, object_type const*> here;
  for (object_type const& each : table) here[std::string(each.name)] = &each;
  for (auto const& [name, text] : there) {
    auto const found = here.find(name);
    bool const known = found != here.end();
    if (!compared.both_have(name, true, known, known ? found->second->since : "")) continue;
    shapes server_side, table_side;
    for (auto const& [field_name, f] : text.at("properties").items()) {
      server_side[field_name] = server_shape(f, "type");
    }
    for (field const& f : found->second->fields) {
      table_side[std::string(f.name)] = table_field(f);
    }
    compared.same_shapes(name, server_side, table_side);
  }
  for (auto const& [name, each] : here) {
    if (!there.contains(name)) compared.both_have(name, false, true, each->since);
  }
}

TEST_F(ari_table, has_the_events_of_the_server) {
  json const& models = server_.resources.at("events").at("models");
  std::map<std::string, json> there;
  for (std::string const& name : event_names(models)) there[name] = models.at(name);
  compare_objects(compared_, there, event_types());
}

TEST_F(ari_table, has_the_models_of_the_server) {
  auto const events = event_names(server_.resources.at("events").at("models"));
  std::map<std::string, json> there;
  for (auto const& [resource, text] : server_.resources) {
    auto const models = text.value("models", json::object());
    for (auto const& [name, model] : models.items()) {
      if (!events.contains(name)) there[name] = model;
    }
  }
  compare_objects(compared_, there, model_types());
}

}  // namespace
}  // namespace calluna::ari
