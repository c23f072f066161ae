{#- The delivered rows of a feed as staging reads them: corrected, and under the person to whom a steward's decision gives them.

    Corrections of the contract and overrides of the steward (int_corrections__in_force) replace a value only while the bureau
    still sends the value that they name; an override goes before a correction. A row whose person_key, or which itself, is
    linked (int_identities__linked, int_identities__rows) carries the linked person's key. Only columns that something touches
    are looked at, so that a feed without corrections costs nothing.

    source: the relation of a feed, from source('lake', feed_id)
    Returns a query: the feed's columns and `_corrections`, the ids of what changed the row, comma-joined, '' for none. -#}
{% macro corrected(source) -%}
    {%- set corrections = ref('int_corrections__in_force') -%}
    {%- set links = ref('int_identities__linked') -%}
    {%- set linked_rows = ref('int_identities__rows') -%}
    {%- set feed_id = source.identifier -%}
    {#- One question for all three: thirty feeds ask it in every build. -#}
    {%- set found = column_of(
        "select column_name as found from " ~ corrections ~ " where feed_id = '" ~ feed_id ~ "'"
        ~ " union select '+aliases' from " ~ links ~ " where is_followed and is_person"
        ~ " union select '+rows' from " ~ linked_rows ~ " where feed_id = '" ~ feed_id ~ "' order by found"
    ) -%}
    {%- set has_aliases = '+aliases' in found -%}
    {%- set has_linked_rows = '+rows' in found -%}
    {%- if not found -%}
    select *, '' as _corrections
    from {{ source }}
    {%- else -%}
    {%- set columns = [] -%}
    {%- for node in graph.sources.values() if node.name == feed_id -%}
        {%- for column in node.columns.values() -%}{%- do columns.append(column) -%}{%- endfor -%}
    {%- endfor -%}
    {%- set names = columns | map(attribute='name') | list -%}
    {%- set touched = found | select('in', names) | list -%}
    {%- set aliased = ['person_key', 'spouse_key'] | select('in', names) | list if has_aliases else [] -%}
    select
        {%- for column in columns %}
        {%- set name = column.name %}
        {%- if name in touched %}
        case
            when by_steward_{{ name }}.correction_id is not null then {{ column_value('by_steward_' ~ name, column) }}
            when by_contract_{{ name }}.correction_id is not null then {{ column_value('by_contract_' ~ name, column) }}
            else source.{{ name }}
        end as {{ name }},
        {%- elif name in aliased or (name == 'person_key' and has_linked_rows) %}
        coalesce(
            {%- if name in aliased %}alias_of_{{ name }}.person_key, {% endif -%}
            {%- if name == 'person_key' and has_linked_rows %}linked_rows.person_key, {% endif -%}
            source.{{ name }}
        ) as {{ name }},
        {%- else %}
        source.{{ name }},
        {%- endif %}
        {%- endfor %}
        concat_ws(
            ','
            {%- for name in touched %},
            coalesce(by_steward_{{ name }}.correction_id, by_contract_{{ name }}.correction_id)
            {%- endfor %}
            {%- if not touched %}, ''{% endif %}
        ) as _corrections
    from {{ source }} as source
    {%- for column in columns if column.name in touched %}
    {%- for replaced in ['by_steward_' ~ column.name, 'by_contract_' ~ column.name] %}
    left join {{ corrections }} as {{ replaced }}
        on {{ replaced }}.feed_id = '{{ feed_id }}'
        and {{ replaced }}.column_name = '{{ column.name }}'
        and {{ replaced }}.row_key = {{ 'source._row_key' if loop.first else "''" }}
        and {{ replaced }}.old_value = coalesce(cast(source.{{ column.name }} as {{ dbt.type_string() }}), '')
        and ({{ replaced }}.new_value = '' or {{ column_value(replaced, column) }} is not null)
    {%- endfor %}
    {%- endfor %}
    {%- for name in aliased %}
    left join {{ links }} as alias_of_{{ name }}
        on alias_of_{{ name }}.is_followed
        and alias_of_{{ name }}.is_person
        and source.{{ name }} = alias_of_{{ name }}.subject_key
    {%- endfor %}
    {%- if has_linked_rows %}
    left join {{ linked_rows }} as linked_rows
        on linked_rows.feed_id = '{{ feed_id }}'
        and source._batch_id = linked_rows.batch_id
        and source._row_number = linked_rows.row_number
    {%- endif %}
    {%- endif %}
{%- endmacro %}

{#- The new value of a correction in the column's type; null for '' and for a text that is no such value, which is not applied. -#}
{% macro column_value(correction, column) -%}
    try_cast(nullif({{ correction }}.new_value, '') as {{ column.data_type }})
{%- endmacro %}

{#- The first column of a query's rows as a list; empty while dbt only parses. -#}
{% macro column_of(query) -%}
    {{ return(run_query(query).columns[0].values() | list if execute else []) }}
{%- endmacro %}
