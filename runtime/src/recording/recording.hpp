#pragma once
#include <calluna/ari/request.hpp>
#include <calluna/clock.hpp>
#include <calluna/result.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace calluna::runtime::recording {

/// A file of lines, each a JSON object. The first is the header:
///   {"calluna":"recording","version":1,"began":UNIX SECONDS,"pbxs":[{"name","ami","ari",
///    "region","trunks"}],"scrubbed":BOOL}
/// Each other one has happened `at` so many seconds later, at the PBX called `pbx`:
///   "event": an AMI event's block · "ari": an ARI event · "link": "ami" or "ari" (with
///   "application"), "up": BOOL · "action": an AMI action's block, or "request": "POST path?query"
///   with "body", both with "asked" (seconds) and "answer" ({"head","items"} or {"status","body"})
///   or "error" ({"kind","message","retryable"}). The last is {"at":S,"end":true}.
inline constexpr int format_version = 1;

struct recorded_pbx {
  std::string name;
  bool ami = false, ari = false;
  std::string region;
  std::vector<std::string> trunks;
};

struct recording {
  clock::wall_time began;
  std::vector<recorded_pbx> pbxs;
  /// Without the header.
  std::vector<nlohmann::json> lines;
  /// Whether it has its last line; else whoever recorded was broken off.
  bool complete = false;

  recorded_pbx const* find(std::string_view name) const;
  /// Seconds from the beginning to the last line.
  double seconds() const;
};

/// Reads the file. Errors (`invalid`): "FILE:LINE: what is wrong".
result<recording> read_recording(std::filesystem::path const& file);

/// An AMI action as it stands in a line: its block without its id and without secrets.
std::string action_block(std::string_view bytes);
/// "POST channels/1.2/play?media=sound:hello", without secrets.
std::string request_line(ari::request const& r);
/// The JSON of a body, or its text where it is none; null if it is empty. Without secrets.
nlohmann::json body_value(std::string const& body);

}  // namespace calluna::runtime::recording
