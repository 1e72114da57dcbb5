#pragma once
#include <calluna/bindings/http_door.hpp>

#include <nlohmann/json.hpp>

#include <map>
#include <string>

namespace calluna::bindings {

/// A push hub that remembers what holds.
class remembering_hub : public push_hub {
 public:
  outcome set(std::string_view topic, std::string_view key, std::string json,
              std::optional<std::chrono::milliseconds> keep) override {
    now[std::string(topic)][std::string(key)] = nlohmann::json::parse(json);
    kept = keep;
    ++changes;
    return {};
  }
  outcome clear(std::string_view topic, std::string_view key) override {
    now[std::string(topic)].erase(std::string(key));
    ++changes;
    return {};
  }
  std::size_t clear_all(std::string_view prefix, std::string_view key,
                        std::string_view except) override {
    std::size_t had = 0;
    for (auto& [topic, values] : now)
      if (topic.rfind(prefix, 0) == 0 && topic != except) had += values.erase(std::string(key));
    ++changes;
    return had;
  }
  outcome send(std::string_view, std::string) override { return {}; }
  std::size_t listeners(std::string_view) const override { return 0; }

  /// "title (state)" of what that user sees, one after the other.
  std::string seen_by(std::string const& user) const {
    auto const found = now.find("popup/" + user);
    std::string all;
    if (found == now.end()) return all;
    for (auto const& [key, value] : found->second)
      all += (all.empty() ? "" : ", ") + value["title"].get<std::string>() + " (" +
             value["state"].get<std::string>() + ")";
    return all;
  }

  std::map<std::string, std::map<std::string, nlohmann::json>> now;
  std::optional<std::chrono::milliseconds> kept;
  int changes = 0;
};

}  // namespace calluna::bindings
