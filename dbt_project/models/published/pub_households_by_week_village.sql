with memberships as (
    select * from {{ ref('fct_layer_membership') }}
),

weeks as (
    select week_seq, week_end_date from {{ ref('dim_week') }} where week_seq > 0
),

-- A household counts once in each layer, and once in ALL by the household of the primary layer.
members as (
    select household_key, town_code, village_code, urban_rural_code, layer_code, from_seq, to_seq from memberships
    union all
    select household_key, town_code, village_code, urban_rural_code, 'ALL', from_seq, to_seq from memberships where is_primary
),

steps as (
    select household_key, town_code, village_code, urban_rural_code, layer_code, from_seq as seq, 1 as change from members
    union all
    select household_key, town_code, village_code, urban_rural_code, layer_code, to_seq, -1 from members
),

changes as (
    select
        household_key,
        town_code,
        village_code,
        urban_rural_code,
        layer_code,
        seq,
        sum(change) as change
    from steps
    group by household_key, town_code, village_code, urban_rural_code, layer_code, seq
),

counted as (
    select
        *,
        sum(change) over (
            partition by household_key, town_code, village_code, urban_rural_code, layer_code order by seq
        ) as members_count,
        lead(seq) over (
            partition by household_key, town_code, village_code, urban_rural_code, layer_code order by seq
        ) as next_seq
    from changes
),

pieces as (
    select
        town_code,
        village_code,
        urban_rural_code,
        layer_code,
        seq as from_seq,
        next_seq as to_seq,
        1 as household
    from counted
    where members_count > 0
),

stocks as (
    {{ stock_by_week(
        'pieces',
        ['town_code', 'village_code', 'urban_rural_code', 'layer_code'],
        {'households_count': 'household'},
        'weeks'
    ) }}
),

final as (
    select
        week_end_date,
        town_code,
        village_code,
        urban_rural_code,
        layer_code,
        households_count
    from stocks
)

select * from final
