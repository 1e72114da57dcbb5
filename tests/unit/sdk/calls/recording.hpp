#pragma once
#include <calluna/ami/message.hpp>
#include <calluna/ari/event.hpp>
#include <calluna/calls/call_json.hpp>
#include <calluna/calls/call_model.hpp>
#include <calluna/calls/from_ami.hpp>
#include <calluna/calls/from_ari.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::calls::testing {

/// Keeps JSON's members in their order: an AMI event's first header is its name.
using ordered = nlohmann::ordered_json;

inline std::filesystem::path wire_folder() {
  return std::filesystem::path(CALLUNA_SOURCE_DIR) / "tests/wire/calls";
}

inline moment moment_of(double seconds) {
  using namespace std::chrono;
  auto const base = sys_days(year(2026) / 11 / 21);
  return base + span_of_time(static_cast<std::int64_t>(seconds * 1e6 + 0.5));
}

/// An event of a recording.
struct recorded {
  double at = 0;
  fact_source source = fact_source::ami;
  /// As on the wire.
  std::string text;
  /// What it says, with views into `text`; nothing if it says nothing of calls.
  std::optional<fact_body> body() const {
    if (source == fact_source::ami) return fact_from(ami::message_view(text));
    ari::event_view view;
    if (!ari::scan_event(text, view)) return {};
    return fact_from(view);
  }
};

struct click {
  std::string to;
  std::vector<std::string> channels;
};

struct recording_file {
  std::string scenario, version;
  std::vector<click> clicks;
  std::vector<recorded> events;
  /// Of the system: unique ids begin with it.
  std::string system;

  std::string name() const { return scenario + '_' + version; }
};

inline std::string ami_text(ordered const& headers) {
  std::string text;
  auto const line = [&](std::string const& key, std::string const& value) {
    text += key + ": " + value + "\r\n";
  };
  for (auto const& [key, value] : headers.items()) {
    if (value.is_array()) {
      for (auto const& one : value) line(key, one.get<std::string>());
    } else {
      line(key, value.get<std::string>());
    }
  }
  return text;
}

inline recording_file load(std::filesystem::path const& path) {
  recording_file file;
  file.scenario = path.parent_path().filename().string();
  file.version = path.stem().string();
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  auto const head = ordered::parse(line);
  file.system = head.at("systemname").get<std::string>();
  if (head.contains("clicks"))
    for (auto const& c : head.at("clicks"))
      file.clicks.push_back(
          {c.at("to").get<std::string>(), c.at("channels").get<std::vector<std::string>>()});
  while (std::getline(in, line)) {
    auto const j = ordered::parse(line);
    recorded r;
    r.at = j.at("at").get<double>();
    if (j.contains("ami")) {
      r.text = ami_text(j.at("ami"));
    } else {
      r.source = fact_source::ari;
      r.text = j.at("ari").dump();
    }
    file.events.push_back(std::move(r));
  }
  return file;
}

/// Where the recordings are, in the order of their names. Cheap: each test is a process of its own.
inline std::vector<std::filesystem::path> const& recording_paths() {
  static auto const all = [] {
    std::vector<std::filesystem::path> paths;
    for (auto const& folder : std::filesystem::directory_iterator(wire_folder()))
      for (auto const* version : {"16.jsonl", "22.jsonl"})
        if (auto const path = folder.path() / version; std::filesystem::exists(path))
          paths.push_back(path);
    std::sort(paths.begin(), paths.end());
    return paths;
  }();
  return all;
}

/// All recordings.
inline std::vector<recording_file> const& recordings() {
  static auto const all = [] {
    std::vector<recording_file> files;
    for (auto const& path : recording_paths()) files.push_back(load(path));
    return files;
  }();
  return all;
}

enum class hearing_to { both, ami_only, ari_only };

/// A model that writes down what it tells.
struct listener {
  std::vector<call> ended;
  /// Each event in a line, with the whole call as JSON at the end of it.
  std::vector<std::string> told;
  std::vector<call_event_kind> kinds;
  bool write = false;
  call_model model;

  explicit listener(bool with_texts = false, call_model_options options = lab())
      : write(with_texts), model([this](call_event const& e) { hear(e); }, std::move(options)) {}

  static call_model_options lab() {
    call_model_options options;
    options.is_trunk = [](unsigned, std::string_view endpoint) {
      return endpoint == "PJSIP/trunk";
    };
    return options;
  }

  void hear(call_event const& e) {
    kinds.push_back(e.kind);
    if (e.call != nullptr && e.kind == call_event_kind::ended) ended.push_back(*e.call);
    if (!write) return;
    std::ostringstream line;
    line << to_string(e.kind) << ' ' << e.leg << ' ' << e.other << ' ' << e.synthetic << ' '
         << e.at.time_since_epoch().count();
    if (e.call != nullptr) line << ' ' << to_json(*e.call).dump();
    told.push_back(line.str());
  }

  void apply(fact_source source, double at, fact_body body) {
    model.apply({0, source, moment_of(at), std::move(body)});
  }

  void begin(recording_file const& file, hearing_to which = hearing_to::both) {
    if (which == hearing_to::ari_only) model.lead(0, fact_source::ari);
    for (std::size_t i = 0; i < file.clicks.size(); ++i) {
      auto const& c = file.clicks[i];
      auto const id = "click-" + std::to_string(i + 1);
      apply(fact_source::ourselves, 0, click_begun{id, c.to, c.channels});
    }
  }

  void hear(recorded const& r, hearing_to which = hearing_to::both) {
    if (which == hearing_to::ami_only && r.source != fact_source::ami) return;
    if (which == hearing_to::ari_only && r.source != fact_source::ari) return;
    if (auto body = r.body()) apply(r.source, r.at, std::move(*body));
  }

  void hear_all(recording_file const& file, hearing_to which = hearing_to::both) {
    begin(file, which);
    for (auto const& r : file.events) hear(r, which);
  }
};

}  // namespace calluna::calls::testing
