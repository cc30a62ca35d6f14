/**
 * The block in the editor: its settings, and the form as visitors see it. Plain script, as it is shipped.
 */
(function (wp) {
	"use strict";

	const { createElement, Fragment, useEffect, useState } = wp.element;
	const { InspectorControls, useBlockProps } = wp.blockEditor;
	const { Notice, PanelBody, SelectControl, Spinner, TextControl } = wp.components;
	const words = window.leadFormEmbedWords;
	let asked;

	/** Return the projects of this site, asked once for all blocks of a page. */
	function useProjects() {
		const [known, setKnown] = useState(null);
		useEffect(() => {
			asked ??= wp.apiFetch({ path: "/lead-form-embed/v1/projects" });
			asked.then(setKnown, () => setKnown({ address: "", default: "", projects: [] }));
		}, []);
		return known;
	}

	/**
	 * Return the form in a frame without scripts: nothing can be sent from the editor, and no view is counted.
	 */
	function preview(known, attributes) {
		const project = attributes.project || known.default;
		if (!known.address) return createElement(Notice, { status: "warning", isDismissible: false }, words.noAddress);
		if (!project) return createElement(Notice, { status: "warning", isDismissible: false }, known.projects.length ? words.noProject : words.none);
		if (attributes.mode === "popup") {
			return createElement("span", { className: "wp-element-button" }, attributes.label || words.labelUsual);
		}
		const language = attributes.lang ? "/" + attributes.lang : "";
		const query = attributes.unit ? "?unit=" + encodeURIComponent(attributes.unit) : "";
		return createElement("iframe", {
			src: known.address + "/f/" + project + language + query,
			title: words.preview,
			sandbox: "",
			tabIndex: -1,
			style: { display: "block", width: "100%", height: "600px", border: 0, pointerEvents: "none" },
		});
	}

	function edit({ attributes, setAttributes }) {
		const known = useProjects();
		const props = useBlockProps();
		if (!known) return createElement("div", props, createElement(Spinner), " ", words.loading);
		const set = (name) => (value) => setAttributes({ [name]: value });
		const text = (name, label, help) => createElement(TextControl, { key: name, label, help, value: attributes[name], onChange: set(name) });
		const choice = (name, label, options) =>
			createElement(SelectControl, { key: name, label, options, value: attributes[name], onChange: set(name) });
		const projects = known.projects.map(({ slug, name }) => ({ value: slug, label: name }));
		if (attributes.project && !projects.some(({ value }) => value === attributes.project)) {
			projects.push({ value: attributes.project, label: attributes.project });
		}
		const chosen = known.projects.find(({ slug }) => slug === (attributes.project || known.default));
		const languages = (chosen ? chosen.languages : []).map((code) => ({ value: code, label: code }));
		const controls = createElement(
			InspectorControls,
			null,
			createElement(
				PanelBody,
				null,
				choice("project", words.choose, [{ value: "", label: words.default + (known.default ? " (" + known.default + ")" : "") }, ...projects]),
				choice("mode", words.mode, [{ value: "inline", label: words.inline }, { value: "popup", label: words.popup }]),
				attributes.mode === "popup" && text("label", words.label),
				choice("lang", words.language, [{ value: "", label: words.automatic }, ...languages]),
			),
			createElement(
				PanelBody,
				{ title: words.unitPanel, initialOpen: false },
				text("unit", words.unit, words.unitHelp),
				text("unitField", words.unitField),
				text("unitFrom", words.unitFrom),
				text("campaign", words.campaign),
			),
		);
		return createElement(Fragment, null, controls, createElement("div", props, preview(known, attributes)));
	}

	wp.blocks.registerBlockType("lead-form-embed/form", { edit, save: () => null });
})(window.wp);
