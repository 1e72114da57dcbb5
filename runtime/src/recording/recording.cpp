#include "recording.hpp"

#include "secrets.hpp"

#include <calluna/ami/message.hpp>
#include <calluna/ari/operation.hpp>

#include <fmt/format.h>

#include <fstream>

namespace calluna::runtime::recording {
namespace {

using nlohmann::json;

result<recording> read_header(json const& line) {
  if (line.value("calluna", "") != "recording")
    return fail(error_kind::invalid, "this is no recording: `calluna record` makes one");
  if (line.value("version", 0) != format_version)
    return fail(error_kind::invalid, fmt::format("its format is {}, this Calluna reads {}",
                                                 line.value("version", 0), format_version));
  recording r;
  std::chrono::duration<double> const since(line.at("began").get<double>());
  r.began = clock::wall_time(std::chrono::duration_cast<clock::wall_time::duration>(since));
  for (auto const& p : line.at("pbxs"))
    r.pbxs.push_back({p.at("name").get<std::string>(), p.value("ami", false), p.value("ari", false),
                      p.value("region", ""), p.value("trunks", std::vector<std::string>{})});
  return r;
}

/// Throws what json throws when something is missing.
result<void> check_line(recording const& r, json const& line) {
  auto const at = line.at("at").get<double>();
  if (!r.lines.empty() && at < r.lines.back()["at"].get<double>())
    return fail(error_kind::invalid, "it is earlier than the line above");
  if (line.contains("end")) return {};
  if (r.find(line.at("pbx").get_ref<std::string const&>()) == nullptr)
    return fail(error_kind::invalid, "its pbx is not in the header");
  if (line.contains("event"))
    (void)line["event"].get_ref<std::string const&>();
  else if (line.contains("ari"))
    (void)line["ari"].at("type").get_ref<std::string const&>();
  else if (line.contains("link"))
    (void)line.at("up").get<bool>();
  else if (line.contains("action") || line.contains("request"))
    return line.contains("answer") || line.contains("error")
               ? result<void>{}
               : fail(error_kind::invalid, "a request without its answer");
  else
    return fail(error_kind::invalid, "nothing that is known is in it");
  return {};
}

}  // namespace

recorded_pbx const* recording::find(std::string_view name) const {
  for (auto const& p : pbxs)
    if (p.name == name) return &p;
  return nullptr;
}

double recording::seconds() const {
  return lines.empty() ? 0 : lines.back()["at"].get<double>();
}

result<recording> read_recording(std::filesystem::path const& file) {
  std::ifstream in(file);
  if (!in) return fail(error_kind::invalid, fmt::format("{}: cannot be read", file.string()));
  recording r;
  std::string text;
  std::size_t number = 0;
  auto const wrong = [&](std::string const& what) {
    return fail(error_kind::invalid, fmt::format("{}:{}: {}", file.string(), number, what));
  };
  while (std::getline(in, text)) {
    ++number;
    auto line = json::parse(text, nullptr, false);
    if (!line.is_object()) return wrong(in.eof() ? "the line is broken off" : "it is no JSON");
    try {
      if (number == 1) {
        auto header = read_header(line);
        if (!header) return wrong(header.error().message);
        r = std::move(*header);
        continue;
      }
      if (auto good = check_line(r, line); !good) return wrong(good.error().message);
    } catch (json::exception const& e) {
      return wrong(e.what());
    }
    r.complete = line.contains("end");
    r.lines.push_back(std::move(line));
  }
  if (number == 0) return fail(error_kind::invalid, fmt::format("{}: is empty", file.string()));
  return r;
}

std::string action_block(std::string_view bytes) {
  std::string out;
  ami::message_view(bytes).for_each([&](std::string_view key, std::string_view value) {
    if (key != "ActionID" && !key.empty())
      out.append(key).append(": ").append(value).append("\r\n");
  });
  return hide_in_ami(out);
}

json body_value(std::string const& body) {
  if (body.empty()) return json();
  auto value = json::parse(body, nullptr, false);
  if (value.is_discarded()) value = body;
  hide_in_json(value);
  return value;
}

std::string request_line(ari::request const& r) {
  auto text = fmt::format("{} {}", to_string(r.method), r.path);
  char before = '?';
  bool of_secret_variable = false;
  for (auto const& [name, value] : r.query) {
    bool const hide = is_secret_name(name) || (name == "value" && of_secret_variable);
    of_secret_variable = name == "variable" && is_secret_name(value);
    text += before + name + '=' + (hide ? std::string(hidden) : hide_in_text(value));
    before = '&';
  }
  return text;
}

}  // namespace calluna::runtime::recording
