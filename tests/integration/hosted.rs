//! Addresses of hosted servers that hold a credential in their path or query: the slot, the issuer and the whole secret.

use keytrawl::detector::recipe;
use serde_json::{Value, json};

use crate::runner::Case;

/// Addresses with `KEY` where the credential stands, its recipe, its slot, and who issues it (`-`: not said).
const ADDRESSES: &[(&str, &str, &str, &str)] = &[
    ("https://mcp.exa.ai/mcp?exaApiKey=KEY&tools=web_search_exa", "{uuid}", "url-query", "exa"),
    ("https://mcp.tavily.com/mcp/?tavilyApiKey=KEY", "tvly-dev-{alnum:32}", "url-query", "tavily"),
    ("https://mcp.firecrawl.dev/KEY/v2/mcp", "fc-{hex:32}", "url-path", "firecrawl"),
    ("https://mcp.firecrawl.dev/KEY/v2/sse", "fc-{hex:32}", "url-path", "firecrawl"),
    ("https://mcp.firecrawl.dev/KEY/sse", "fc-{hex:32}", "url-path", "firecrawl"),
    ("https://mcp.zapier.com/api/mcp/s/KEY/mcp", "{b64url:64}", "url-path", "zapier"),
    ("https://mcp.zapier.com/api/mcp/s/KEY/sse", "{b64url:64}", "url-path", "zapier"),
    ("https://mcp.zapier.com/api/v1/connect?token=KEY", "{b64url:64}", "url-query", "zapier"),
    ("https://mcp.brightdata.com/mcp?token=KEY&pro=1", "{uuid}", "url-query", "brightdata"),
    ("https://mcp.brightdata.com/sse?token=KEY", "{hex:64}", "url-query", "brightdata"),
    ("https://server.smithery.ai/@acme/tools/mcp?api_key=KEY&profile=calm-otter-9", "{uuid}", "url-query", "smithery"),
    ("wss://server.smithery.ai/@acme/tools/ws?config=e30&api_key=KEY", "{uuid}", "url-query", "smithery"),
    ("https://mcp.composio.dev/composio/server/KEY", "{uuid}", "url-path", "composio"),
    ("https://mcp.composio.dev/gmail/KEY", "calm-brown-otter-{alnum:8}", "url-path", "composio"),
    ("https://eu1.make.com/mcp/api/v1/u/KEY/sse", "{uuid}", "url-path", "make"),
    ("https://eu1.make.com/mcp/u/KEY/stateless", "{uuid}", "url-path", "make"),
    (
        "https://eu1.make.com/mcp/server/3f2c9a1e-77aa-4b1c-9d30-5c1f3b1d9a10/t/KEY/stateless",
        "{uuid}",
        "url-path",
        "make",
    ),
    ("https://mcp.alphavantage.co/mcp?apikey=KEY", "{uppernum:16}", "url-query", "alphavantage"),
    ("https://financialmodelingprep.com/mcp?apikey=KEY", "{alnum:32}", "url-query", "fmp"),
    ("https://connect.patsnap.com/acme-1/logic-mcp?apiKey=KEY", "{alnum:32}", "url-query", "patsnap"),
    ("https://mcp.apify.com/?token=KEY", "apify_api_{alnum:36}", "url-query", "apify"),
    ("https://slack-mcp-server.klavis.ai/mcp/?instance_id=KEY", "{uuid}", "url-query", "klavis"),
    ("https://strata.klavis.ai/mcp/?strata_id=KEY", "{uuid}", "url-query", "klavis"),
    ("https://mcp.pipedream.net/KEY/gmail", "{uuid}", "url-path", "pipedream"),
    ("https://mcp.linkup.so/mcp?apiKey=KEY", "{uuid}", "url-query", "linkup"),
    ("https://mcp.serpapi.com/KEY/mcp", "{hex:64}", "url-path", "serpapi"),
    ("https://mcp.amap.com/sse?key=KEY", "{hex:32}", "url-query", "amap"),
    ("https://mcp.map.baidu.com/mcp?ak=KEY", "{alnum:32}", "url-query", "baidu"),
    ("https://api.ref.tools/mcp?apiKey=KEY", "ref-{hex:20}", "url-query", "ref"),
    ("https://open.bigmodel.cn/api/mcp/web_search/sse?Authorization=KEY", "{hex:32}.{alnum:16}", "url-query", "zai"),
    ("https://tools.acme.dev/mcp?token=KEY", "{alnum:32}", "url-query", "-"),
    ("https://tools.acme.dev/mcp?api_key=KEY", "{alnum:32}", "url-query", "-"),
    ("https://tools.acme.dev/mcp?apiKey=KEY", "{alnum:32}", "url-query", "-"),
    ("https://tools.acme.dev/mcp?apikey=KEY", "{alnum:32}", "url-query", "-"),
    ("https://tools.acme.dev/mcp?key=KEY", "{alnum:32}", "url-query", "-"),
    ("https://tools.acme.dev/mcp?access_token=KEY", "{alnum:32}", "url-query", "-"),
    ("https://tools.acme.dev/mcp?auth=KEY", "{alnum:32}", "url-query", "-"),
    ("https://svc:KEY@tools.acme.dev/mcp", "{alnum:24}", "url-userinfo", "-"),
    ("https://n8n.acme.dev/mcp/KEY", "{alnum:40}", "url-path", "-"),
];

/// Addresses in which nothing is a credential.
const PLAIN: &[&str] = &[
    "https://mcp.zapier.com/api/mcp/a/1234567890/mcp",
    "https://mcp.supabase.com/mcp?project_ref=abcdefghijklmnopqrst",
    "https://eu1.make.com/mcp/stateless",
    "https://server.smithery.ai/@acme/tools/mcp?profile=calm-otter-9",
    "https://mcp.exa.ai/mcp?exaApiKey=YOUR_EXA_API_KEY",
    "https://mcp.firecrawl.dev/{FIRECRAWL_API_KEY}/v2/mcp",
];

/// Configs whose one entry calls the address.
fn configs(address: &str) -> [Value; 3] {
    let config = |entry: Value| json!({ "mcpServers": { "s": entry } });
    [
        config(json!({ "url": address })),
        config(json!({ "command": "npx", "args": ["-y", "mcp-remote", address] })),
        config(json!({ "serverUrl": address })),
    ]
}

#[test]
fn the_credential_in_the_address_of_a_hosted_server_is_found_in_its_slot() {
    let mut wrong = Vec::new();
    for (at, (address, recipe, slot, issuer)) in ADDRESSES.iter().enumerate() {
        let key = recipe::expand(recipe, at as u64).expect("a valid recipe");
        let address = address.replace("KEY", &key);
        let mut case = Case::new();
        for (form, config) in configs(&address).iter().enumerate() {
            case = case.raw(&format!("{form}/.mcp.json"), config.to_string());
        }
        case = case.raw("notes.txt", format!("we use {address} for it\n"));
        let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).never_shows(&key).json();
        let credentials = report["credentials"].as_array().expect("credentials");
        let [credential] = &credentials[..] else {
            wrong.push(format!("{} gives {} credentials", ADDRESSES[at].0, credentials.len()));
            continue;
        };
        let places = credential["occurrences"].as_array().expect("occurrences");
        let lengths: Vec<u64> = places.iter().filter_map(|place| place["region"]["byteLength"].as_u64()).collect();
        let in_config = places.iter().filter(|place| place["path"] != "notes.txt");
        let slots: Vec<&str> = in_config.filter_map(|place| place["slot"].as_str()).collect();
        let told = credential["issuer"].as_str().unwrap_or("-");
        // In text, only the host of a known vendor says that a path or a bare `key` is a secret.
        let quiet = *issuer == "-" && (*slot == "url-path" || ADDRESSES[at].0.contains("?key="));
        let in_text = places.iter().any(|place| place["path"] == "notes.txt") || quiet;
        let whole = lengths.iter().all(|length| *length == key.len() as u64);
        if slots != [*slot; 3] || told != *issuer || !in_text || !whole {
            wrong.push(format!("{}: {slots:?} {told} {lengths:?}, in text: {in_text}", ADDRESSES[at].0));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), ADDRESSES.len(), wrong.join("\n"));
}

#[test]
fn ids_and_placeholders_in_addresses_are_no_credentials() {
    let mut case = Case::new();
    for (at, address) in PLAIN.iter().enumerate() {
        for (form, config) in configs(address).iter().enumerate() {
            case = case.raw(&format!("{at}/{form}/.mcp.json"), config.to_string());
        }
        case = case.raw(&format!("{at}/notes.txt"), format!("we use {address} for it\n"));
    }
    let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
    assert_eq!(report["credentials"], json!([]));
}
