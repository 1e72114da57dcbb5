#include "config_reading.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace calluna::runtime {
namespace {

/// Those of scripts/calluna/device_profile.lua.
constexpr std::array<std::string_view, 9> phone_families{"cisco",    "fanvil",   "grandstream",
                                                         "linphone", "microsip", "polycom",
                                                         "snom",     "yealink",  "zoiper"};

void check_channel(section& s, std::string_view key, std::string const& channel) {
  auto const slash = channel.find('/');
  if (slash == 0 || slash == channel.npos || slash + 1 == channel.size())
    s.problem(key, fmt::format("'{}' is no channel; it is dialled like \"PJSIP/101\"",
                               section::printable(channel)));
}

void check_auto_answer(section& s, std::string const& text) {
  if (text.find(':') != std::string::npos) return;
  if (std::find(phone_families.begin(), phone_families.end(), text) != phone_families.end()) return;
  s.problem(
      "auto_answer",
      fmt::format("no phone family is called '{}'{}; there are {}, or give a SIP header, like "
                  "\"Call-Info: <sip:x>;answer-after=0\"",
                  section::printable(text), suggestion(text, phone_families),
                  listed(phone_families)));
}

directory::device read_device(toml::table const& table, std::string const& parent, reading& in) {
  section s{
      table, parent + ".devices", {"channel", "context", "originate", "auto_answer"}, in.problems};
  directory::device d;
  d.channel = s.needed_text("channel").value_or("");
  if (!d.channel.empty()) check_channel(s, "channel", d.channel);
  d.context = s.text("context").value_or("");
  d.originate = s.boolean("originate").value_or(true);
  d.auto_answer = s.text("auto_answer").value_or("");
  if (!d.auto_answer.empty()) check_auto_answer(s, d.auto_answer);
  return d;
}

void read_devices(section& s, directory::user& u, reading& in) {
  auto const* devices = s.node("devices");
  if (devices == nullptr) return;
  auto const* list = devices->as_array();
  if (list == nullptr) return s.problem("devices", "'devices' must be a list: [\"PJSIP/101\"]");
  for (auto const& node : *list) {
    if (auto const* text = node.as_string()) {
      check_channel(s, "devices", text->get());
      u.devices.push_back({text->get(), "", true, ""});
    } else if (auto const* one = node.as_table()) {
      u.devices.push_back(read_device(*one, s.name(), in));
    } else {
      s.problem_at(node.source(), "'devices' holds texts and tables, nothing else");
    }
  }
}

}  // namespace

directory::user read_user(std::string const& name, toml::table const& table, config const& all,
                          reading& in) {
  section s{table,
            "user." + name,
            {"name", "extension", "pbx", "email", "odoo_user", "lang", "devices"},
            in.problems};
  directory::user u;
  u.id = name;
  u.name = s.text("name").value_or("");
  u.extension = s.text("extension").value_or("");
  u.email = s.text("email").value_or("");
  u.lang = s.text("lang").value_or("");
  if (auto number = s.integer("odoo_user", 1, INT32_MAX)) u.external_id = std::to_string(*number);
  std::vector<std::string> names;
  for (auto const& pbx : all.pbx) names.push_back(pbx.name);
  u.pbx = s.text("pbx").value_or(names.size() == 1 ? names.front() : "");
  if (s.has("pbx") && std::find(names.begin(), names.end(), u.pbx) == names.end())
    s.problem("pbx", fmt::format("there is no [pbx.{}]{}", section::printable(u.pbx),
                                 suggestion(u.pbx, names)));
  read_devices(s, u, in);
  return u;
}

}  // namespace calluna::runtime
