#include "new_app.hpp"

#include "app_templates.hpp"
#include "suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;

struct file {
  fs::path path;
  std::string text;
};

constexpr char const* pbx_sections =
    R"(# The offline PBX of office.toml: calluna sim office.toml. For a real one: its addresses, accounts and secrets here.
[pbx.main]
region = "US"
trunks = ["PJSIP/trunk"]

[pbx.main.ami]
port = 15038
user = "calluna"
secret_file = "sim.secret"

[pbx.main.ari]
url = "http://127.0.0.1:18088/ari"
user = "calluna"
password_file = "sim.secret"
)";

constexpr char const* office =
    R"(# An office to try the app in: calluna sim office.toml, then lines like: call +14155550101 100 Ann
dialplan = """
[from-trunk]
{}
include => phones
[from-phones]
exten => _0.,1,Dial(PJSIP/${{EXTEN:1}}@trunk,60)
include => from-trunk
[phones]
exten => _1XX,1,Dial(PJSIP/${{EXTEN}},20)
[fallback]
exten => s,1,Playback(sorry)
[voicemail]
exten => support,1,Playback(vm-intro)
"""
[pbx]
ami_port = 15038
ari_port = 18088
[endpoint.trunk]
context = "from-trunk"
[phone.101]
does = "answer"
after = 2
[phone.102]
does = "noanswer"
)";

constexpr char const* partners =
    "id,name,company,numbers,tags,salesperson\n"
    "1,Ann Archer,Archer Ltd,+14155550101,VIP,anna\n"
    "2,Bob Baker,,+14155550199,,\n";

/// The first `ari.app("name"` of a script.
std::string_view stasis_name(std::string_view script) {
  constexpr std::string_view before = "ari.app(\"";
  auto const at = script.find(before);
  if (at == script.npos) return {};
  auto const begin = at + before.size();
  return script.substr(begin, script.find('"', begin) - begin);
}

std::string configuration(std::string const& name, std::string_view script) {
  auto const uses = [&](std::string_view what) { return script.find(what) != script.npos; };
  std::string text = pbx_sections;
  text += "\n# Who is calling.\n[directory]\nfile = \"partners.csv\"\n";
  text += "\n[user.anna]\nname = \"Anna\"\nextension = \"101\"\ndevices = [\"PJSIP/101\"]\n";
  text += "\n[user.boris]\nname = \"Boris\"\nextension = \"102\"\ndevices = [\"PJSIP/102\"]\n";
  if (uses("calluna.http") || uses("calluna.popup"))
    text += "\n# calluna token add my-browser --user anna\n[http]\nlisten = \"127.0.0.1:8080\"\n";
  if (uses("calluna.agi")) text += "\n[agi]\nlisten = \"127.0.0.1:4573\"\n";
  text += fmt::format("\n[app.{}]\npath = \".\"\n", name);
  if (uses("announcement = {")) text += "config.announcement = \"hello-world\"\n";
  return text;
}

std::string office_for(std::string_view script) {
  auto const stasis = stasis_name(script);
  return fmt::format(
      fmt::runtime(office),
      stasis.empty()
          ? std::string("exten => 100,1,Dial(PJSIP/101&PJSIP/102,20)")
          : fmt::format("exten => 100,1,Stasis({})\n same => n,Goto(fallback,s,1)", stasis));
}

/// Where an installed Calluna has what editors need to know its Lua modules; empty: not installed.
fs::path stubs() {
  std::error_code none;
  auto const program = fs::read_symlink("/proc/self/exe", none);
  auto const folder = program.parent_path().parent_path() / "share/calluna/scripts";
  return fs::is_directory(folder, none) ? folder : fs::path{};
}

std::vector<file> files_for(std::string const& name, std::string_view from) {
  std::vector<file> files;
  std::string_view script;
  bool has_partners = false;
  for (auto const& one : app_templates()) {
    if (one.app != from) continue;
    files.push_back({fs::path(one.path), std::string(one.text)});
    if (one.path == "init.lua") script = one.text;
    has_partners = has_partners || one.path == "partners.csv";
  }
  if (!has_partners) files.push_back({"partners.csv", partners});
  files.push_back({"calluna.toml", configuration(name, script)});
  files.push_back({"office.toml", office_for(script)});
  files.push_back({"sim.secret", "offline\n"});
  if (auto const library = stubs(); !library.empty())
    files.push_back(
        {".luarc.json",
         fmt::format("{{\"workspace.library\": [\"{}\"], \"runtime.version\": \"LuaJIT\"}}\n",
                     library.string())});
  return files;
}

bool is_app_name(std::string const& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == name.npos;
}

result<void> write(fs::path const& to, std::string const& text) {
  std::error_code code;
  fs::create_directories(to.parent_path(), code);
  std::ofstream out(to, std::ios::binary);
  out << text << std::flush;
  if (!out)
    return fail(error_kind::rejected, fmt::format("{} cannot be written: {}", to.string(),
                                                  std::generic_category().message(errno)));
  if (to.extension() == ".secret")
    fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, code);
  return {};
}

}  // namespace

std::vector<std::string> app_template_names() {
  std::vector<std::string> names;
  for (auto const& one : app_templates())
    if (one.path == "init.lua") names.emplace_back(one.app);
  std::sort(names.begin(), names.end());
  return names;
}

result<std::vector<fs::path>> new_app(fs::path const& folder, std::string_view from) {
  auto const names = app_template_names();
  if (std::find(names.begin(), names.end(), from) == names.end())
    return fail(error_kind::invalid,
                fmt::format("there is no template '{}'{}", from, suggestion(from, names)));
  std::error_code code;
  auto const whole = fs::absolute(folder, code).lexically_normal();
  auto const name = (whole.has_filename() ? whole : whole.parent_path()).filename().string();
  if (!is_app_name(name))
    return fail(error_kind::invalid,
                fmt::format("'{}' is no name for an app: a-z, 0-9, _ and -", name));
  if (fs::exists(whole, code) && (!fs::is_directory(whole, code) || !fs::is_empty(whole, code)))
    return fail(error_kind::invalid,
                fmt::format("'{}' is there already, and not an empty folder", folder.string()));
  std::vector<fs::path> written;
  for (auto const& one : files_for(name, from)) {
    if (auto const done = write(whole / one.path, one.text); !done) return fail(done.error());
    written.push_back(one.path);
  }
  return written;
}

}  // namespace calluna::runtime
