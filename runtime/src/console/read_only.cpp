#include "read_only.hpp"

#include <calluna/erp/client.hpp>
#include <calluna/http/client.hpp>

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include <utility>

namespace calluna::runtime::console {
namespace {

template <class T>
void refuse(io::executor const& on, unique_function<void(result<T>)> done) {
  boost::asio::post(on, [done = std::move(done)]() mutable {
    done(fail(error_kind::refused, bindings::read_only_message));
  });
}

/// Reading a variable is harmless; reading a dialplan function (SHELL, ODBC...) may do anything.
bool changes_nothing(ari::request const& r) {
  if (r.method != ari::http_method::get) return false;
  for (auto const& [name, value] : r.query)
    if (name == "variable" && value.find('(') != std::string::npos) return false;
  return true;
}

class reading_link final : public bindings::pbx_link {
 public:
  reading_link(std::shared_ptr<pbx_link> to, io::executor on)
      : to_(std::move(to)), on_(std::move(on)) {}

  std::string const& name() const noexcept override { return to_->name(); }
  bool has_ami() const noexcept override { return to_->has_ami(); }
  bool has_ari() const noexcept override { return to_->has_ari(); }
  ami::action_id next_action_id() noexcept override { return to_->next_action_id(); }
  std::string const& action_id_prefix() const noexcept override { return to_->action_id_prefix(); }

  void send(ami::encoded_action a, std::chrono::milliseconds timeout,
            unique_function<void(result<ami::response>)> done) override {
    if (!a.safe) return refuse(on_, std::move(done));
    to_->send(std::move(a), timeout, std::move(done));
  }
  void send(ari::request r, std::chrono::milliseconds timeout,
            unique_function<void(result<ari::response>)> done) override {
    if (!changes_nothing(r)) return refuse(on_, std::move(done));
    to_->send(std::move(r), timeout, std::move(done));
  }

 private:
  std::shared_ptr<pbx_link> to_;
  io::executor on_;
};

class reading_system final : public erp::system {
 public:
  reading_system(std::shared_ptr<system> to, io::executor on)
      : to_(std::move(to)), on_(std::move(on)) {}

  void submit(erp::call c, duration timeout, completion done) override {
    if (!erp::is_reading(c.method)) return refuse(on_, std::move(done));
    to_->submit(std::move(c), timeout, std::move(done));
  }
  void search_read(std::string model, erp::query q, duration timeout, completion done) override {
    to_->search_read(std::move(model), std::move(q), timeout, std::move(done));
  }
  void read(std::string model, std::vector<erp::record_id> ids, std::vector<std::string> fields,
            duration timeout, completion done) override {
    to_->read(std::move(model), std::move(ids), std::move(fields), timeout, std::move(done));
  }
  void upsert(std::string, std::string, std::string, duration, id_completion done) override {
    refuse(on_, std::move(done));
  }
  void attach(erp::attachment, duration, id_completion done) override {
    refuse(on_, std::move(done));
  }
  void note(std::string, erp::record_id, std::string, bool, duration, id_completion done) override {
    refuse(on_, std::move(done));
  }
  void fields(std::string model, duration timeout, completion done) override {
    to_->fields(std::move(model), timeout, std::move(done));
  }
  void version(duration timeout, unique_function<void(result<erp::server_version>)> done) override {
    to_->version(timeout, std::move(done));
  }
  void rotate_key(std::string, unique_function<void(result<void>)> done) override {
    refuse(on_, std::move(done));
  }
  erp::client_status status() const override { return to_->status(); }
  void stop() override {}

 private:
  std::shared_ptr<system> to_;
  io::executor on_;
};

class reading_sender final : public http::sender {
 public:
  reading_sender(std::shared_ptr<sender> to, io::executor on)
      : to_(std::move(to)), on_(std::move(on)) {}

  void submit(http::request r, completion done) override {
    if (r.method != "GET" && r.method != "HEAD") return refuse(on_, std::move(done));
    to_->submit(std::move(r), std::move(done));
  }

 private:
  std::shared_ptr<sender> to_;
  io::executor on_;
};

}  // namespace

void make_read_only(bindings::app_options& options, io::executor const& on) {
  options.read_only = true;
  for (auto& link : options.pbxs) link = std::make_shared<reading_link>(std::move(link), on);
  auto& all = options.services;
  for (auto& [name, erp] : all.erps) erp = std::make_shared<reading_system>(std::move(erp), on);
  all.clicks = nullptr;  // it remembers its own, which come to nothing
  if (all.http) all.http = std::make_shared<reading_sender>(std::move(all.http), on);
}

}  // namespace calluna::runtime::console
