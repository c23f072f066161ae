-- The households of the register that rest on a rejected record: the one that the row names, that of the person to whom a steward
-- linked it, else those of the persons whom the row may be about (both halves of the number before one); with what they are due
-- a month now.
with items as (
    select * from {{ ref('int_handback__rows') }}
),

persons as (
    select person_key, hint_head_key, hint_tail_key from {{ ref('int_persons__unified') }}
),

residences as (
    select * from {{ ref('int_residences__listed') }} where household_id_civil_affairs is not null and current_layer_code is not null
),

entitlements as (
    select * from {{ ref('int_entitlements__recorded') }}
),

runs as (
    select * from {{ ref('stg_lake__runs') }}
),

spells as (
    select * from {{ ref('int_category_spells__recorded') }} where household_id_civil_affairs is not null
),

linked_rows as (
    select * from {{ ref('int_identities__rows') }}
),

linked as (
    select items.item_id, linked_rows.person_key
    from items
    inner join linked_rows
        on items.feed_id = linked_rows.feed_id
        and items.batch_id = linked_rows.batch_id
        and items.row_number = linked_rows.row_number
),

nameless as (
    select item_id, hint_head_key, hint_tail_key
    from items
    where household_id_civil_affairs is null and item_id not in (select item_id from linked)
),

matches as (
    select nameless.item_id, persons.person_key
    from nameless
    inner join persons on nameless.hint_head_key = persons.hint_head_key
    union all
    select nameless.item_id, persons.person_key
    from nameless
    inner join persons on nameless.hint_tail_key = persons.hint_tail_key
),

likeliest as (
    select item_id, person_key
    from matches
    group by item_id, person_key
    qualify count(*) = max(count(*)) over (partition by item_id)
),

concerned as (
    select * from likeliest
    union all
    select * from linked
),

found as (
    select item_id, household_id_civil_affairs
    from items
    where household_id_civil_affairs is not null
    union
    select concerned.item_id, residences.household_id_civil_affairs
    from concerned
    inner join residences on concerned.person_key = residences.person_key
),

-- What a household is due in each category in which somebody of it is today.
running as (
    select distinct
        entitlements.household_id_civil_affairs,
        entitlements.category_code,
        entitlements.entitled_person_key,
        entitlements.household_amount_yuan
    from entitlements
    cross join runs
    inner join spells
        on entitlements.household_id_civil_affairs = spells.household_id_civil_affairs
        and entitlements.category_code = spells.category_code
        and (entitlements.entitled_person_key = '' or entitlements.entitled_person_key = spells.person_key)
        and spells.start_date <= runs.as_of_date
        and runs.as_of_date < spells.end_date
    where entitlements.valid_from <= runs.as_of_date and runs.as_of_date < entitlements.valid_to
),

amounts as (
    select household_id_civil_affairs, sum(household_amount_yuan) as household_amount_yuan
    from running
    group by household_id_civil_affairs
),

final as (
    select
        found.item_id,
        cast(count(*) as integer) as households_count,
        cast(sum(coalesce(amounts.household_amount_yuan, 0)) as decimal(14, 2)) as amount_yuan
    from found
    left join amounts on found.household_id_civil_affairs = amounts.household_id_civil_affairs
    group by found.item_id
)

select * from final
