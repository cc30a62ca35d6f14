import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { load } from "./load.mjs";

const { emailProblem, likelyEmail, repairedEmail } = await load("email.js");
const { emails } = JSON.parse(await readFile(new URL("typed.json", import.meta.url), "utf8"));

for (const [typed, repaired, problem, meant] of emails) {
  test(`the e-mail ${typed} becomes ${repaired}: ${problem || "fine"}, ${meant ?? "nothing else"} meant`, () => {
    const address = repairedEmail(typed);

    assert.equal(address, repaired);
    assert.equal(emailProblem(address), problem);
    assert.equal(problem === "" ? likelyEmail(address) : null, meant);
  });
}

const REAL =
  "onet.pl onet.eu onet.com.pl poczta.onet.pl poczta.onet.eu op.pl vp.pl o2.pl tlen.pl go2.pl wp.pl wp.eu interia.pl interia.eu " +
  "interia.com interiowy.pl poczta.fm gazeta.pl gmail.com googlemail.com seznam.cz email.cz post.cz spoluzaci.cz firmy.cz " +
  "centrum.cz atlas.cz volny.cz tiscali.cz quick.cz iol.cz o2.cz o2active.cz upcmail.cz mujmail.cz azet.sk zoznam.sk " +
  "centrum.sk post.sk pobox.sk atlas.sk szm.sk inmail.sk orangemail.sk stonline.sk gmx.de gmx.net gmx.at gmx.ch gmx.eu " +
  "gmx.com gmx.info web.de t-online.de online.de online.ua freenet.de arcor.de mail.de email.de aol.de aol.com posteo.de " +
  "mailbox.org magenta.de live.de live.com hotmail.de hotmail.co.uk hotmail.fr outlook.com outlook.de outlook.cz outlook.sk " +
  "msn.com yahoo.com yahoo.de yahoo.co.uk yahoo.pl ymail.com rocketmail.com icloud.com me.com mac.com mail.com email.com " +
  "email.ua ukr.net i.ua ua.fm meta.ua bigmir.net mail.ua proton.me protonmail.com pm.me zoho.com fastmail.com tuta.com";

for (const domain of REAL.split(" ")) {
  test(`nobody is asked whether they meant another domain than ${domain}`, () => {
    assert.equal(likelyEmail(`anna@${domain}`), null);
  });
}
