#include "live_settings.hpp"

#include "sip_agent.hpp"

#include <fmt/format.h>

#include <regex>
#include <sstream>

namespace calluna::integration {
namespace {

constexpr char const* pjsip_head = R"([global]
type = global
; A caller from outside may show any number, a phone's included.
endpoint_identifier_order = header,username

[udp]
type = transport
protocol = udp
bind = 127.0.0.1:{pbx}

[leg](!)
type = endpoint
transport = udp
disallow = all
allow = ulaw
direct_media = no
dtmf_mode = info
language = en
send_pai = yes

[trunk](leg)
context = from-trunk
aors = trunk
identify_by = header
trust_id_inbound = yes

[trunk]
type = aor
contact = sip:127.0.0.1:{agent}

[trunk]
type = identify
endpoint = trunk
match_header = X-Lab-Trunk: yes
)";

constexpr char const* test_context = "calluna-test";

}  // namespace

void live_settings::add_dialplan(std::string const& text, std::uint16_t agi_port) {
  static std::regex const host("agi://[^/,)]*");
  std::istringstream lines(
      std::regex_replace(text, host, fmt::format("agi://127.0.0.1:{}", agi_port)));
  std::string context;
  for (std::string line; std::getline(lines, line);) {
    if (auto const open = line.find('['); open != line.npos && line.find("=>") == line.npos)
      context = line.substr(open + 1, line.find(']') - open - 1);
    else if (!context.empty())
      contexts_[context] += line + "\n";
  }
}

bool live_settings::has_extension(std::string const& context, std::string const& extension) const {
  auto const at = contexts_.find(context);
  return at != contexts_.end() &&
         at->second.find("exten => " + extension + ",") != std::string::npos;
}

std::string live_settings::extensions_conf() const {
  auto all = contexts_;
  all["from-trunk"];
  for (auto const& [number, one] : phones) {
    auto& theirs = all[one.context];
    auto const include = fmt::format("include => {}\n", test_context);
    if (theirs.find(include) == theirs.npos) theirs += include;
  }
  auto& own = all[test_context];
  own += fmt::format("exten => {},1,Answer()\n same => n,Wait(99999)\n", busy_extension);
  own += "exten => *8,1,Pickup()\ninclude => parkedcalls\n";
  for (auto const& [number, one] : phones)
    own += fmt::format("exten => {}{},1,PickupChan(PJSIP/{})\n", pickup_extension, number, number);
  std::string text = "[general]\nstatic = yes\nwriteprotect = yes\n";
  for (auto const& [name, lines] : all) text += fmt::format("\n[{}]\n{}", name, lines);
  return text;
}

std::string live_settings::pjsip_conf(std::uint16_t pbx_port, std::uint16_t agent_port) const {
  auto text = std::regex_replace(std::string(pjsip_head), std::regex("\\{pbx\\}"),
                                 std::to_string(pbx_port));
  text = std::regex_replace(text, std::regex("\\{agent\\}"), std::to_string(agent_port));
  for (auto const& [number, one] : phones) {
    text += fmt::format(
        "\n[{0}](leg)\ncontext = {1}\naors = {0}\nidentify_by = username\n"
        "call_group = 1\npickup_group = 1\ncallerid = \"{2}\" <{0}>\n\n[{0}]\ntype = aor\n",
        number, one.context, one.name);
    if (one.online)
      text += fmt::format("contact = sip:{}{}@127.0.0.1:{}\n", sip_agent::phone_prefix, number,
                          agent_port);
  }
  return text;
}

std::string live_settings::queues_conf() const {
  std::string text = "[general]\npersistentmembers = no\nautofill = yes\n";
  for (auto const& [name, q] : queues) {
    text += fmt::format(
        "\n[{}]\nstrategy = {}\ntimeout = {}\nretry = {}\nringinuse = no\nmusicclass = default\n",
        name, q.strategy, q.timeout, q.retry);
    for (auto const& member : q.members) text += fmt::format("member => {0},0,{0},{0}\n", member);
  }
  return text;
}

}  // namespace calluna::integration
