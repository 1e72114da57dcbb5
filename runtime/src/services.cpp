#include <calluna/bindings/click_memory.hpp>
#include <calluna/directory/directory.hpp>
#include <calluna/directory/user.hpp>
#include <calluna/erp/client.hpp>
#include <calluna/http/client.hpp>
#include <calluna/numbers/region_rules.hpp>
#include <calluna/runtime/secret.hpp>
#include <calluna/runtime/services.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace calluna::runtime {
namespace {

using nlohmann::json;
using std::chrono::system_clock;

std::shared_ptr<numbers::region_rules const> regions_of(config const& settings) {
  std::vector<numbers::region_rules::pbx_region> pbxs;
  std::vector<numbers::region_rules::trunk_region> trunks;
  for (auto const& p : settings.pbx) {
    pbxs.push_back({p.name, p.region});
    for (auto const& [endpoint, region] : p.trunk_regions)
      trunks.push_back({p.name, endpoint, region});
  }
  return std::make_shared<numbers::region_rules const>(std::move(pbxs), std::move(trunks));
}

std::int64_t seconds_since(system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(system_clock::now() - at).count();
}

json shown(directory::directory_status const& s) {
  json j{{"partners", s.partners}, {"numbers", s.numbers}, {"stale", s.stale}};
  j["memory_mb"] = (s.index_bytes + s.text_bytes) >> 20;
  if (!s.source.empty()) j["source"] = s.source;
  if (s.refreshed_at) j["age_seconds"] = seconds_since(*s.refreshed_at);
  if (s.filling) j["filling"] = *s.filling;
  if (!s.last_error.empty()) j["last_error"] = s.last_error;
  return j;
}

json shown(erp::client_status const& s) {
  json j{{"name", s.name},         {"url", s.url},
         {"database", s.database}, {"calls", s.calls},
         {"requests", s.requests}, {"failed", s.failed},
         {"waiting", s.waiting},   {"state", to_string(s.state)}};
  if (!s.user.empty()) j["user"] = s.user;
  if (s.transport) j["transport"] = to_string(*s.transport);
  if (!s.version.text.empty()) j["version"] = s.version.text;
  if (s.breaker != erp::breaker_state::closed) j["breaker"] = to_string(s.breaker);
  if (!s.last_error.empty()) j["last_error"] = s.last_error;
  if (s.last_answer_at) j["last_answer_seconds"] = seconds_since(*s.last_answer_at);
  if (s.key_created) j["key_age_days"] = seconds_since(*s.key_created) / 86'400;
  if (s.key_expires) j["key_expires_in_days"] = -seconds_since(*s.key_expires) / 86'400;
  return j;
}

}  // namespace

services::services(io::executor io, config const& settings, logger log)
    : settings_(settings), log_(std::move(log)) {
  shared_.regions = regions_of(settings);
  // Two that claim the same have been refused with the configuration.
  shared_.users = directory::user_registry::create(settings.users).value();
  if (!settings.erps.empty()) {
    int connections = 0;
    for (auto const& erp : settings.erps) connections += erp.max_connections;
    erp_threads_ = std::make_unique<worker_pool>("erp", static_cast<std::size_t>(connections));
    for (auto const& erp : settings.erps)
      shared_.erps[erp.name] = std::make_shared<erp::client>(io, erp_threads_->executor(), erp,
                                                             log_.named("odoo:" + erp.name));
  }
  http_ = std::make_shared<http::client>(io);
  shared_.http = http_;
  shared_.clicks = std::make_shared<bindings::click_memory>();
  if (settings.directory) open_directory();
}

services::~services() {
  stop();
}

void services::open_directory() {
  auto const& d = *settings_.directory;
  auto const region = d.region.empty() ? std::string(shared_.regions->default_region()) : d.region;
  file_thread_ = std::make_unique<worker_pool>("directory", 1);
  auto const log = log_.named("directory");
  shared_.partners = directory::directory::create(file_thread_->executor(),
                                                  {d.database.string(), region, d.stale}, log);
  shared_.partners->open([all = shared_.partners, log](result<void> opened) {
    if (!opened) {
      all->note_error(opened.error().message);
      return log.error("not open, so nobody will be known: " + opened.error().message);
    }
    auto const s = all->status();
    if (s.refreshed_at)
      log.info(fmt::format("{} partners, as {} told {} s ago", s.partners, s.source,
                           seconds_since(*s.refreshed_at)));
  });
}

std::vector<app_config> services::own_apps() const {
  if (!settings_.directory) return {};
  auto const& d = *settings_.directory;
  app_config app;
  app.name = "calluna:directory";  // no configured app can be called so
  app.path = "calluna:directory_sync";
  app.grants = {"directory"};
  app.memory_bytes = std::size_t{1} << 30;  // a file of partners is read as a whole
  app.soft_memory_bytes = app.memory_bytes / 4;
  app.budget = std::chrono::seconds(10);
  json settings{{"adapter", d.adapter},
                {"refresh", d.refresh.count()},
                {"full", d.full.count()},
                {"settings", json::parse(d.config_json)}};
  if (!d.file.empty()) settings["file"] = d.file.string();
  if (!d.erp.empty()) settings["odoo"] = d.erp;
  app.config_json = settings.dump();
  return {app};
}

void services::add_status(json& status) const {
  if (shared_.partners) status["directory"] = shown(shared_.partners->status());
  auto const h = http_->count();
  status["http_client"] = {{"requests", h.requests},
                           {"failed", h.failed},
                           {"rejected", h.rejected},
                           {"pending", h.pending},
                           {"servers", h.origins}};
  if (shared_.erps.empty()) return;
  auto& list = status["odoo"] = json::array();
  for (auto const& [name, erp] : shared_.erps) list.push_back(shown(erp->status()));
}

void services::rotate_key(std::string const& name, unique_function<void(result<void>)> done) {
  auto const erp = shared_.erps.find(name);
  if (erp == shared_.erps.end())
    return done(fail(error_kind::invalid, fmt::format("there is no [odoo.{}]", name)));
  auto const file = settings_.erp_key_files.find(name);
  if (file == settings_.erp_key_files.end())
    return done(fail(error_kind::invalid,
                     fmt::format("odoo.{}: only a key from a file can be changed while running: "
                                 "give it a 'key_file'",
                                 name)));
  auto const about = std::find_if(settings_.erps.begin(), settings_.erps.end(),
                                  [&](auto const& one) { return one.name == name; });
  auto const key = secret_from_file(file->second, about->user);
  if (!key) return done(fail(key.error()));
  erp->second->rotate_key(std::string{key->reveal()}, std::move(done));
}

void services::stop() {
  http_->stop();
  for (auto const& [name, erp] : shared_.erps) erp->stop();
  // Their threads end before the loop on which they tell how it went.
  erp_threads_.reset();
}

}  // namespace calluna::runtime
