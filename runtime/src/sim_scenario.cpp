#include "config_reading.hpp"
#include "config_table.hpp"

#include <calluna/runtime/sim.hpp>

#include <cmath>
#include <fstream>
#include <sstream>

namespace calluna::runtime {
namespace {

sim::span seconds(double n) {
  return sim::span(static_cast<std::int64_t>(std::llround(n * 1e6)));
}

/// One file being read.
class scenario_reader {
 public:
  explicit scenario_reader(problem_list& problems) : problems_(problems) {}

  scenario read(toml::table const& root) {
    section top(root, "", {"pbx", "endpoint", "phone", "number", "dialplan", "queue", "caller"},
                problems_);
    if (auto const* t = table(top, "pbx")) read_pbx(*t);
    each(top, "endpoint", [&](toml::table const& t, std::string const& n) { read_endpoint(t, n); });
    each(top, "phone", [&](toml::table const& t, std::string const& n) { read_phone(t, n); });
    each(top, "number", [&](toml::table const& t, std::string const& n) {
      section s(t, "number." + n, behaviour_keys(), problems_);
      made_.numbers.emplace_back(n, read_behaviour(s));
    });
    read_dialplan(top);
    each(top, "queue", [&](toml::table const& t, std::string const& n) { read_queue(t, n); });
    read_callers(top);
    return std::move(made_);
  }

 private:
  static section::words behaviour_keys() {
    return {"does", "after", "hang_up_after", "keys", "keys_after"};
  }

  toml::table const* table(section& in, std::string_view key) {
    auto const* node = in.node(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) in.problem(key, fmt::format("'{}' has to be a table", key));
    return node->as_table();
  }
  template <class Read>
  void each(section& in, std::string_view key, Read read) {
    auto const* all = table(in, key);
    if (all == nullptr) return;
    for (auto&& [name, node] : *all) {
      if (auto const* one = node.as_table())
        read(*one, std::string(name.str()));
      else
        in.problem(key, fmt::format("'{}.{}' has to be a table", key, name.str()));
    }
  }

  std::optional<double> number(section& s, std::string_view key) {
    auto const* node = s.node(key);
    if (node == nullptr) return {};
    auto const value = node->value<double>();
    if (!value || *value < 0 || *value > 1e7) {
      s.problem(key, fmt::format("'{}' has to be a number of seconds, 0 or more", key));
      return {};
    }
    return value;
  }

  void read_pbx(toml::table const& t) {
    section s(t, "pbx",
              {"ami_port", "ari_port", "user", "secret", "seed", "pace", "sound", "systemname"},
              problems_);
    auto const port = [&](char const* key, std::uint16_t& into) {
      if (auto const n = number(s, key)) {
        if (*n > 65535) return s.problem(key, fmt::format("'{}' has to be a port", key));
        into = static_cast<std::uint16_t>(*n);
      }
    };
    port("ami_port", made_.pbx.ami_port);
    port("ari_port", made_.pbx.ari_port);
    auto const user = s.text("user").value_or("calluna");
    auto const secret = s.text("secret").value_or("offline");
    made_.pbx.ami = {{user, secret}};
    made_.pbx.ari = {{user, secret}};
    if (auto const n = number(s, "seed")) made_.pbx.machine.seed = static_cast<std::uint64_t>(*n);
    if (auto const n = number(s, "pace")) {
      made_.pbx.pace = *n;
      if (*n < 0.01 || *n > 1000) s.problem("pace", "'pace' has to be from 0.01 to 1000");
    }
    if (auto const n = number(s, "sound")) made_.pbx.machine.sound = seconds(*n);
    if (auto name = s.text("systemname")) made_.pbx.machine.systemname = std::move(*name);
  }

  void read_endpoint(toml::table const& t, std::string const& name) {
    section s(t, "endpoint." + name, {"context", "number", "name", "online"}, problems_);
    sim::endpoint e;
    e.name = "PJSIP/" + name;
    if (auto context = s.text("context")) e.context = std::move(*context);
    e.callerid = {s.text("number").value_or(""), s.text("name").value_or("")};
    if (auto const* online = s.node("online")) {
      if (!online->is_boolean()) s.problem("online", "'online' has to be true or false");
      e.online = online->value_or(true);
    }
    made_.endpoints.push_back(std::move(e));
  }

  void read_dialplan(section& top) {
    auto const* node = top.node("dialplan");
    if (node == nullptr) return;
    auto text = node->value<std::string>();
    if (!text) return top.problem("dialplan", "'dialplan' has to be text");
    sim::dialplan trial;
    if (auto const good = trial.read(*text); !good) top.problem("dialplan", good.error().message);
    made_.dialplan = std::move(*text);
  }

  /// A phone is an endpoint with a behaviour.
  void read_phone(toml::table const& t, std::string const& name) {
    auto keys = behaviour_keys();
    keys.insert(keys.end(), {"context", "name", "online"});
    section s(t, "phone." + name, keys, problems_);
    sim::endpoint e;
    e.name = "PJSIP/" + name;
    if (auto context = s.text("context")) e.context = std::move(*context);
    e.callerid = {name, s.text("name").value_or("Phone " + name)};
    if (auto const* online = s.node("online")) e.online = online->value_or(true);
    made_.phones.emplace_back(e.name, read_behaviour(s));
    made_.endpoints.push_back(std::move(e));
  }

  sim::behaviour read_behaviour(section& s) {
    using kind = sim::behaviour::kind;
    sim::behaviour b;
    static std::map<std::string, kind> const words{{"answer", kind::answer},
                                                   {"noanswer", kind::noanswer},
                                                   {"busy", kind::busy},
                                                   {"reject", kind::reject},
                                                   {"congestion", kind::congestion}};
    if (auto const does = s.text("does")) {
      auto const at = words.find(*does);
      if (at == words.end())
        s.problem("does", "'does' has to be answer, noanswer, busy, reject or congestion");
      else
        b.does = at->second;
    }
    if (auto const n = number(s, "after")) b.after = seconds(*n);
    if (auto const n = number(s, "hang_up_after")) b.hang_up_after = seconds(*n);
    if (auto keys = s.text("keys")) b.keys = std::move(*keys);
    if (auto const n = number(s, "keys_after")) b.keys_after = seconds(*n);
    return b;
  }

  void read_queue(toml::table const& t, std::string const& name) {
    section s(t, "queue." + name, {"strategy", "members", "timeout", "retry"}, problems_);
    sim::queue q;
    q.name = name;
    if (auto strategy = s.text("strategy")) q.strategy = std::move(*strategy);
    if (auto const n = number(s, "timeout")) q.member_timeout = seconds(*n);
    if (auto const n = number(s, "retry")) q.retry = seconds(*n);
    if (auto const* node = s.node("members")) {
      auto const* list = node->as_array();
      if (list == nullptr) s.problem("members", "'members' has to be a list of endpoints");
      for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        auto const member = list->get(i)->value<std::string>();
        if (member)
          q.members.push_back({*member, {}});
        else
          s.problem("members", "'members' has to be a list of endpoints");
      }
    }
    made_.queues.push_back(std::move(q));
  }

  void read_callers(section& top) {
    auto const* node = top.node("caller");
    if (node == nullptr) return;
    auto const* list = node->as_array();
    if (list == nullptr) return top.problem("caller", "callers are written as [[caller]]");
    for (std::size_t i = 0; i < list->size(); ++i) {
      auto const* t = list->get(i)->as_table();
      if (t == nullptr) return top.problem("caller", "callers are written as [[caller]]");
      section s(*t, fmt::format("caller {}", i + 1),
                {"from", "name", "to", "endpoint", "at", "stays", "keys", "times", "every"},
                problems_);
      sim::caller c;
      c.number = {s.needed_text("from").value_or(""), s.text("name").value_or("")};
      c.exten = s.needed_text("to").value_or("");
      if (auto endpoint = s.text("endpoint")) c.endpoint = std::move(*endpoint);
      c.at = seconds(number(s, "at").value_or(0));
      if (auto const n = number(s, "stays")) c.stays = seconds(*n);
      if (auto keys = s.text("keys")) c.keys = std::move(*keys);
      if (auto const n = number(s, "times")) c.times = static_cast<int>(*n);
      if (auto const n = number(s, "every")) c.every = seconds(*n);
      made_.callers.push_back(std::move(c));
    }
  }

  problem_list& problems_;
  scenario made_;
};

}  // namespace

tl::expected<scenario, config_problems> load_scenario(std::filesystem::path const& file) {
  problem_list problems(file.string());
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    return tl::unexpected(config_problems{fmt::format("{}: cannot be read", file.string())});
  auto parsed = toml::parse(text.str(), file.string());
  if (!parsed) {
    auto const& e = parsed.error();
    problems.add(e.source(), "", e.description());
    return tl::unexpected(problems.lines());
  }
  auto made = scenario_reader(problems).read(parsed.table());
  if (!problems.empty()) return tl::unexpected(problems.lines());
  made.pbx.real_time = true;
  return made;
}

scenario default_scenario() {
  scenario s;
  s.pbx.real_time = true;
  s.endpoints = {{"PJSIP/trunk", "from-trunk", {}},
                 {"PJSIP/101", "from-phones", {"101", "Phone 101"}},
                 {"PJSIP/102", "from-phones", {"102", "Phone 102"}}};
  s.dialplan = R"([from-trunk]
exten => 100,1,Stasis(vip-queue)
 same => n,Goto(fallback,s,1)
include => phones
[from-phones]
exten => _0.,1,Dial(PJSIP/${EXTEN:1}@trunk,60)
include => from-trunk
[phones]
exten => _1XX,1,Dial(PJSIP/${EXTEN},60)
 same => n,Hangup()
[fallback]
exten => s,1,Playback(sorry)
 same => n,Hangup()
[voicemail]
exten => support,1,Playback(vm-intro)
 same => n,Hangup()
)";
  for (auto const* phone : {"PJSIP/101", "PJSIP/102"})
    s.phones.emplace_back(phone,
                          sim::behaviour{sim::behaviour::kind::answer, seconds(3), seconds(20)});
  s.callers = {
      {"PJSIP/trunk", {"+4930111", {}}, "100", seconds(5), seconds(120), {}, 1'000, seconds(20)},
      {"PJSIP/trunk",
       {"+14155550101", {}},
       "100",
       seconds(12),
       seconds(120),
       {},
       1'000,
       seconds(45)}};
  return s;
}

result<void> set_up(sim::pbx& pbx, scenario const& what) {
  for (auto const& e : what.endpoints) pbx.machine().add_endpoint(e);
  if (auto read = pbx.machine().plan().read(what.dialplan); !read) return read;
  for (auto const& q : what.queues) pbx.machine().add_queue(q);
  for (auto const& [endpoint, b] : what.phones) pbx.actors().set_behaviour(endpoint, b);
  for (auto const& [number, b] : what.numbers) pbx.actors().set_number(number, b);
  for (auto const& c : what.callers) pbx.actors().add(c);
  return {};
}

}  // namespace calluna::runtime
