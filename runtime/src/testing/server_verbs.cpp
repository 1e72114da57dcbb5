// What a case asks of the servers that an app asks.
#include "office_verbs.hpp"
#include "stage_verbs.hpp"

namespace calluna::runtime::testing {
namespace {

using nlohmann::json;

result<offline_servers::server*> server_of(stage& s, json const& a) {
  return s.servers().at(a.at("url").get<std::string>());
}

result<json> server_teach(stage& s, json const& a) {
  auto const at = server_of(s, a);
  if (!at) return fail(at.error());
  offline_servers::answer with;
  with.status = a.value("status", 200);
  with.body = a.value("body", "");
  auto const headers = a.value("headers", json::object());
  for (auto const& [name, value] : headers.items())
    with.fields.emplace_back(name, value.get<std::string>());
  (*at)->answers[a.at("method").get<std::string>() + " " + a.at("path").get<std::string>()] =
      std::move(with);
  return json();
}

result<json> server_requests(stage& s, json const& a) {
  auto const at = server_of(s, a);
  if (!at) return fail(at.error());
  return (*at)->requests;
}

result<json> server_fault(stage& s, json const& a) {
  auto const at = server_of(s, a);
  if (!at) return fail(at.error());
  auto const url = a.at("url").get<std::string>();
  if (a.contains("down")) {
    (*at)->down = a["down"].get<bool>();
    s.story().note(url + ((*at)->down ? " cannot be reached" : " can be reached"));
  }
  if (a.contains("slow")) {
    (*at)->slowness =
        std::chrono::duration_cast<std::chrono::milliseconds>(seconds(a["slow"].get<double>()));
    s.story().note(url + " answers slowly");
  }
  return json();
}

}  // namespace

verb_map const& server_verbs() {
  static verb_map const all{{"server_teach", server_teach},
                            {"server_requests", server_requests},
                            {"server_fault", server_fault}};
  return all;
}

}  // namespace calluna::runtime::testing
